"""A night's page tells what that night knew, whether it is written that morning or long after."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from delivery.pages.morning.assemble import morning_page
from delivery.pages.morning.cases import last_week, open_cases
from settings import Settings
from tests.dbt.compiled import create_views

FIRST = datetime(2025, 3, 1, 6)
NIGHTS = 14
MACHINES, COMPONENTS = ("1", "2", "3"), ("comp1", "comp2")
KNOWN = ("known_cases", "case_history", "known_failures")  # dbt's models of what a night knew
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SCHEMA = """
    create schema ml;
    create table nightly_answers (machine_id varchar, as_of timestamp, failure_probability double,
        predicted_component varchar, alert boolean, risk_level varchar, recommended_action varchar, reasons varchar,
        model_name varchar, model_version varchar);
    create table alert_episodes (machine_id varchar, component varchar, opened_at timestamp, last_alert_at timestamp,
        closed_at timestamp, closed_by varchar, nights bigint, highest_probability double, failed_at timestamp,
        replaced_at timestamp, lead_hours double, verdict varchar, crew_verdict varchar, crew_note varchar,
        crew_at timestamp);
    create table failure_outcomes (machine_id varchar, component varchar, failed_at timestamp, caught boolean,
        component_named boolean, first_alert_at timestamp, lead_hours double, nights_scored bigint);
    create table stg_failures (machine_id varchar, event_at timestamp, component varchar, available_at timestamp);
    create view outages as
        select machine_id, component, event_at as failed_at, available_at as known_at from stg_failures;
    create table stg_errors (machine_id varchar, event_at timestamp, error_code varchar, available_at timestamp);
    create table stg_replacements (machine_id varchar, event_at timestamp, component varchar, available_at timestamp);
    create table stg_feedback (machine_id varchar, given_at timestamp, component varchar, verdict varchar,
        note varchar, known_at timestamp);
    create table stg_machines (machine_id varchar, model varchar, age integer);
    create table stg_telemetry (machine_id varchar, event_at timestamp, volt double, rotate double, pressure double,
        vibration double, available_at timestamp, superseded_at timestamp);
"""
NIGHTS_TABLE = """create table ml.nights (as_of timestamp, status varchar, note varchar, machines int, silent int,
    alerts int, newest_reading_at timestamp, model_version varchar)"""


def night(number: int) -> datetime:
    return FIRST + number * DAY


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute(SCHEMA)
        create_views(made, *KNOWN)
        yield made


def put(con: duckdb.DuckDBPyConnection, table: str, **row: Any) -> None:
    con.register("row_to_put", pd.DataFrame([row]))
    con.execute(f"insert into {table} by name select * from row_to_put")


def answer(con: duckdb.DuckDBPyConnection, at: datetime, machine: str = "1", risk: float | None = 0.01,
           alert: bool = False, component: str = "comp1", level: str = "normal",
           version: str = "1") -> None:  # fmt: skip
    put(con, "nightly_answers", machine_id=machine, as_of=at, failure_probability=risk, alert=alert,
        predicted_component=component, risk_level=level, recommended_action="", reasons=None, model_name="nightshift",
        model_version=version)  # fmt: skip


def case(con: duckdb.DuckDBPyConnection, opened: datetime, last: datetime, **rest: Any) -> None:
    put(con, "alert_episodes", machine_id="1", component="comp1", opened_at=opened, last_alert_at=last, **rest)


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html[html.index("<main>") :]))


def section(html: str, name: str) -> str:
    found = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', html, re.DOTALL)
    return text("<main>" + found.group(1)) if found else ""


def test_a_case_stands_as_it_stood_that_night(con: duckdb.DuckDBPyConnection) -> None:
    for number, risk in ((0, 0.3), (1, 0.5), (3, 0.9)):
        answer(con, night(number), risk=risk, alert=True, level="high")
    answer(con, night(2))
    case(con, night(0), night(3), closed_at=night(3) + 5 * HOUR, closed_by="failure", nights=3,
         highest_probability=0.9, failed_at=night(3) + 5 * HOUR, verdict="true")  # fmt: skip
    for days, verdict, note in ((-1, "replaced", "old"), (1.5, "acknowledged", "  "), (2.5, "false alarm", "fine")):
        given = FIRST + days * DAY
        put(con, "stg_feedback", machine_id="1", component="comp1", given_at=given, known_at=given, verdict=verdict,
            note=note)  # fmt: skip
    [then] = open_cases(con, night(1))
    assert (then.nights, then.highest_probability, then.crew, then.age_days(night(1))) == (2, 0.5, "", 1)
    assert [case.crew for case in open_cases(con, night(2))] == ["acknowledged"]
    [later] = open_cases(con, night(3))
    assert (later.nights, later.highest_probability, later.crew) == (3, 0.9, "false alarm: fine")
    assert open_cases(con, night(4)) == ()
    assert open_cases(con, night(-1)) == ()


def test_what_was_odd_about_the_data_stands_on_the_page_of_the_night_that_knew(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    answer(con, night(1))
    assert "Data." not in text(morning_page(con, night(1), settings))
    con.execute("""create table ml.data_quality (as_of timestamp, feed varchar, kind varchar, severity varchar,
        subject varchar, occurrences bigint, share double, what varchar, example varchar, cure varchar)""")
    for number, severity in enumerate(("note", "warning", "error", "warning")):
        put(con, "ml.data_quality", as_of=night(1), feed="errors", kind="k", severity=severity, subject="",
            occurrences=number, share=None, what="<b>rows</b>", example="", cure="mend them")  # fmt: skip
    page = text(morning_page(con, night(1), settings))
    assert "Data. ERROR errors: 2 &lt;b&gt;rows&lt;/b&gt;: mend them. Data. WARNING errors:" in page
    assert "Data. and 1 more: select * from data_quality" in page
    assert "NOTE" not in page
    assert "Data." not in text(morning_page(con, night(2), settings))


def test_a_case_is_open_until_its_failure_is_known(con: duckdb.DuckDBPyConnection) -> None:
    answer(con, night(0), alert=True)
    failed = night(0) + 2 * HOUR
    case(con, night(0), night(0), closed_at=failed, closed_by="failure", failed_at=failed, verdict="true")
    put(con, "stg_failures", machine_id="1", component="comp1", event_at=failed, available_at=night(1) + HOUR)
    assert len(open_cases(con, night(1))) == 1
    assert open_cases(con, night(2)) == ()


def test_last_week_counts_what_was_decided_by_then(con: duckdb.DuckDBPyConnection) -> None:
    caught, missed = night(9), night(10) + HOUR
    put(con, "failure_outcomes", machine_id="1", component="comp1", failed_at=caught, caught=True, lead_hours=30.0,
        nights_scored=1)  # fmt: skip
    put(con, "failure_outcomes", machine_id="2", component="comp1", failed_at=missed, caught=False, nights_scored=1)
    put(con, "stg_failures", machine_id="2", component="comp1", event_at=missed, available_at=missed + 48 * HOUR)
    case(con, night(8), night(8), closed_at=night(10), closed_by="quiet", verdict="false")
    case(con, night(7), night(7), closed_at=night(7) + HOUR, closed_by="replacement", verdict="censored",
         replaced_at=night(7) + HOUR)  # fmt: skip
    put(con, "failure_outcomes", machine_id="3", component="comp1", failed_at=night(11), caught=None, nights_scored=0)
    answer(con, night(8), alert=True)
    answer(con, night(7), alert=True)

    def counts(at: datetime) -> tuple[int, int, int, int, int]:
        week = last_week(con, at)
        return len(week.caught), len(week.missed), len(week.false_alerts), len(week.censored), week.pending

    assert counts(night(8)) == (0, 0, 0, 1, 1)
    assert counts(night(9)) == (1, 0, 0, 1, 1)
    assert counts(night(10)) == (1, 0, 1, 1, 0)
    assert counts(night(12)) == (1, 0, 1, 1, 0)
    assert counts(night(13)) == (1, 1, 1, 1, 0)
    assert counts(night(16)) == (0, 1, 1, 0, 0)
    assert last_week(con, night(13)).median_lead == 30.0
    assert [outcome.machine for outcome in last_week(con, night(11)).unwatched] == ["3"]
    create_views(con, *KNOWN, feed_latency_hours={"failures": 24, "maint": 48})
    assert counts(night(8)) == (0, 0, 0, 0, 2)
    assert counts(night(9)) == (1, 0, 0, 1, 1)
    assert counts(night(11)) == (1, 0, 0, 1, 1)
    assert counts(night(12)) == (1, 0, 1, 1, 0)


def test_a_night_without_answers_shows_no_risk(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    con.execute(NIGHTS_TABLE)
    put(con, "stg_telemetry", machine_id="1", event_at=night(0), volt=1.0, available_at=night(0))
    for number in (0, 1):
        answer(con, night(number), risk=0.77, alert=True, level="high")
    put(con, "ml.nights", as_of=night(1), status="not scored", note="No telemetry has come for 24 h.")
    html = morning_page(con, night(1), settings)
    assert "This night was not scored" in html
    assert "No telemetry has come for 24 h." in text(html)
    assert "77 %" not in html
    assert "<article" not in html
    assert '<a href="morning_2025-03-01.html">' in html
    unknown = morning_page(con, night(5), settings)
    assert "This night was not scored" in unknown
    assert "No machine was scored for this night." in unknown


def test_the_night_before_is_the_last_one_scored(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    con.execute(NIGHTS_TABLE)
    for number in (0, 1, 2):
        answer(con, night(number), alert=number != 0)
    put(con, "ml.nights", as_of=night(1), status="not scored", note="")
    html = morning_page(con, night(2), settings)
    assert "Since Saturday 1 March" in section(html, "changes")
    assert "New alerts" in section(html, "changes")
    links = re.findall(r'<a href="([^"]+)">([^<]+)', html)
    assert links == [
        ("evaluation.html", "Evaluation report"),
        ("morning_2025-03-02.html", "The night before"),
        ("morning_2025-03-01.html", "The last night that was scored"),
        ("index.html", "All reports"),
    ]


def test_a_silent_machine_is_told_with_its_last_reading(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    answer(con, night(3), machine="1", risk=None, level="silent")
    answer(con, night(3), machine="2", risk=None, level="silent")
    heard = night(2) - 6 * HOUR
    put(con, "stg_telemetry", machine_id="1", event_at=heard, volt=1.0, available_at=heard)
    put(con, "stg_telemetry", machine_id="1", event_at=heard + HOUR, volt=None, available_at=heard + HOUR)
    put(con, "stg_telemetry", machine_id="1", event_at=heard + 2 * HOUR, volt=1.0, available_at=night(4))
    told = section(morning_page(con, night(3), settings), "silent")
    assert "last reading 2025-03-03 00:00, 30 h ago" in told
    assert told.count("no reading has ever come") == 1


def test_warnings_are_of_the_model_that_answered(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    answer(con, night(0), version="1")
    answer(con, night(1), version="2")
    con.execute("create table ml.promotions (model_version varchar, trusted boolean, reason varchar)")
    put(con, "ml.promotions", model_version="1", trusted=False, reason="It lost to a rule.")
    put(con, "ml.promotions", model_version="2", trusted=True, reason="It beats every rule.")
    assert "Model version 1 is not to be trusted yet. It lost to a rule." in morning_page(con, night(0), settings)
    assert "not to be trusted" not in morning_page(con, night(1), settings)


@pytest.mark.parametrize("seed", range(3))
def test_a_page_written_late_is_the_page_written_that_morning(settings: Settings, seed: int) -> None:
    whole = history(np.random.default_rng(seed))
    differing = 0
    for number in range(NIGHTS):
        at = night(number)
        live, late = page_of(whole, at, at, settings), page_of(whole, at, night(NIGHTS + 5), settings)
        assert live == late, number
        differing += "No case is open" not in live
    assert differing > NIGHTS / 3  # else the histories are too dull to prove anything


def history(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Two weeks of three machines, with alerts, failures, replacements and crew words at random."""
    rows = [
        {"machine_id": machine, "as_of": night(number), "failure_probability": rng.random() / 2,
         "predicted_component": rng.choice(COMPONENTS), "alert": bool(rng.random() < 0.35), "risk_level": "normal",
         "recommended_action": "", "reasons": None, "model_name": "nightshift", "model_version": "1"}
        for number in range(NIGHTS) for machine in MACHINES
    ]  # fmt: skip
    events = {name: _events(rng, count) for name, count in (("stg_failures", 12), ("stg_replacements", 8))}
    crew = _events(rng, 20).rename(columns={"event_at": "given_at"}).assign(verdict="acknowledged")
    crew["note"] = [f"word {number}" for number in range(len(crew))]
    crew["known_at"] = crew["given_at"] + rng.choice([0, 0, 40], len(crew)) * HOUR  # a file may land nights later
    return {"nightly_answers": pd.DataFrame(rows), "stg_feedback": crew.drop(columns="available_at"), **events}


def _events(rng: np.random.Generator, count: int) -> pd.DataFrame:
    at = [FIRST + int(hours) * HOUR for hours in rng.choice(NIGHTS * 24, count, replace=False)]
    return pd.DataFrame({"machine_id": rng.choice(MACHINES, count), "event_at": at,
                         "component": rng.choice(COMPONENTS, count), "available_at": at})  # fmt: skip


def page_of(whole: dict[str, pd.DataFrame], at: datetime, known: datetime, settings: Settings) -> str:
    """The page of the night `at` from a warehouse that knows everything until `known`."""
    answers = whole["nightly_answers"]
    tables = {"nightly_answers": answers[answers["as_of"] <= known]}
    for name in ("stg_failures", "stg_replacements"):
        tables[name] = whole[name][whole[name]["available_at"] <= known]
    tables["stg_feedback"] = whole["stg_feedback"][whole["stg_feedback"]["known_at"] <= known]
    tables["alert_episodes"] = episodes(tables, known)
    tables["failure_outcomes"] = outcomes(tables)
    with duckdb.connect() as con:
        con.execute(SCHEMA)
        create_views(con, *KNOWN)
        for name, rows in tables.items():
            if len(rows):
                con.register("rows_to_put", rows)
                con.execute(f"insert into {name} by name select * from rows_to_put")
        return morning_page(con, at, settings)


def outcomes(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = []
    answers = tables["nightly_answers"]
    for failure in tables["stg_failures"].to_dict("records"):
        at = failure["event_at"]
        asked = answers[(answers["machine_id"] == failure["machine_id"]) & (answers["as_of"] < at)
                        & (answers["as_of"] >= at - DAY)]  # fmt: skip
        first = asked[asked["alert"]]["as_of"].min()
        if len(asked):
            rows.append({"machine_id": failure["machine_id"], "component": failure["component"], "failed_at": at,
                         "caught": bool(asked["alert"].any()), "first_alert_at": first,
                         "lead_hours": (at - first) / HOUR, "nights_scored": len(asked)})  # fmt: skip
    return pd.DataFrame(rows)


def episodes(tables: dict[str, pd.DataFrame], known: datetime, cooldown: timedelta = 2 * DAY) -> pd.DataFrame:
    """Cases by a plain walk: alerts within the cooldown belong together until a failure or replacement ends them."""
    rows: list[dict[str, Any]] = []
    alerts = tables["nightly_answers"].query("alert")
    for (machine, component), group in alerts.groupby(["machine_id", "predicted_component"]):
        ends = sorted(
            (row["event_at"].to_pydatetime(), by)
            for name, by in (("stg_failures", "failure"), ("stg_replacements", "replacement"))
            for row in tables[name].to_dict("records")
            if (row["machine_id"], row["component"]) == (machine, component)
        )
        opened: list[datetime] = []
        moments: list[datetime | None] = [*group["as_of"].tolist(), None]
        for at in moments:
            ended = next((end for end in ends if opened and opened[0] < end[0] <= opened[-1] + cooldown
                          and (at is None or end[0] <= at)), None)  # fmt: skip
            if opened and (ended or at is None or at - opened[-1] > cooldown):
                rows.append(_episode(str(machine), str(component), opened, ended, known, cooldown))
                opened = []
            if at is not None:
                opened.append(at)
    return pd.DataFrame(rows)


def _episode(
    machine: str, component: str, opened: list[datetime], ended: tuple[datetime, str] | None, known: datetime,
    cooldown: timedelta,
) -> dict[str, Any]:  # fmt: skip
    quiet = opened[-1] + cooldown
    closed, by = ended or ((quiet, "quiet") if quiet <= known else (None, None))
    verdict = {"failure": "true", "replacement": "censored", "quiet": "false", None: "pending"}[by]
    return {"machine_id": machine, "component": component, "opened_at": opened[0], "last_alert_at": opened[-1],
            "closed_at": closed, "closed_by": by, "nights": len(opened), "verdict": verdict,
            "failed_at": closed if by == "failure" else None, "replaced_at": closed if by == "replacement" else None,
            "lead_hours": None}  # fmt: skip
