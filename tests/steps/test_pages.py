"""A night's pages on disk: every link leads to a whole file, whatever was killed, run again or restated."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from delivery.pages.files import write_report
from delivery.pages.machine.chosen import page_file
from delivery.pages.machine.sensors import snapshot_columns
from settings import Settings
from steps import pages
from steps.pages import write_morning_page
from warehouse.connection import connect

NIGHT = datetime(2025, 3, 31, 6)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ODD = "Press 4/2 <b>"
MACHINES = ("1", "2", "3", ODD)
SCHEMA = """
    create schema ml;
    create table nightly_answers (machine_id varchar, as_of timestamp, failure_probability double,
        predicted_component varchar, alert boolean, risk_level varchar, recommended_action varchar, reasons varchar,
        model_name varchar, model_version varchar);
    create table stg_errors (machine_id varchar, event_at timestamp, error_code varchar, available_at timestamp);
    create table stg_replacements (machine_id varchar, event_at timestamp, component varchar, available_at timestamp);
    create table outages (machine_id varchar, failed_at timestamp, component varchar, known_at timestamp,
        known_good_at timestamp, good_known_at timestamp);
    create table stg_machines (machine_id varchar, model varchar, age integer);
    create table stg_telemetry (machine_id varchar, event_at timestamp, volt double, rotate double, pressure double,
        vibration double, available_at timestamp, superseded_at timestamp);
    create table case_history (machine_id varchar, component varchar, opened_at timestamp, nights bigint,
        highest_probability double, crew_verdict varchar, crew_note varchar, stood_from timestamp,
        stood_until timestamp);
    create table known_failures (machine_id varchar, component varchar, failed_at timestamp, lead_hours double,
        caught boolean, known_at timestamp);
    create table known_cases (machine_id varchar, component varchar, known_closed_at timestamp, verdict varchar);
    create table ml.nights (as_of timestamp, status varchar, note varchar);
"""


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    """Two weeks of four machines, of which "1" and the odd one are alerted on the last night and "2" is silent."""
    paths = settings.paths.model_copy(update={"home": tmp_path, "reports": None})
    made = settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})
    snapshots = pd.DataFrame(
        [(machine, NIGHT - HOUR * back) for machine in MACHINES for back in range(0, 24 * 14, 3)],
        columns=["machine_id", "as_of"],
    ).assign(**dict.fromkeys(snapshot_columns(settings.fleet), 100.0))
    with connect(paths.warehouse) as con:
        con.execute(SCHEMA)
        con.register("rows_of_it", snapshots)
        con.execute("create table feature_mart as from rows_of_it")
        for back in range(14):
            for machine in MACHINES:
                answer(con, machine, NIGHT - DAY * back, alert=back == 0 and machine in {"1", ODD},
                       level="silent" if machine == "2" else "normal")  # fmt: skip
    return made


def answer(con: duckdb.DuckDBPyConnection, machine: str, at: datetime, alert: bool, level: str) -> None:
    put(con, "nightly_answers", machine_id=machine, as_of=at, failure_probability=None if level == "silent" else 0.3,
        predicted_component="comp1", alert=alert, risk_level="high" if alert else level, recommended_action="",
        reasons=None, model_name="nightshift", model_version="1")  # fmt: skip


def put(con: duckdb.DuckDBPyConnection, table: str, **row: Any) -> None:
    con.register("row_to_put", pd.DataFrame([row]))
    con.execute(f"insert into {table} by name select * from row_to_put")
    con.unregister("row_to_put")


def files(home: Settings) -> dict[str, str]:
    folder = home.paths.report_dir
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def links(html: str) -> set[str]:
    return set(re.findall(r'<a class="machine" href="([^"]+)"', html))


def page_of(home: Settings, machine: str) -> str:
    return files(home)[f"machines/2025-03-31/{page_file(machine)}"]


def test_each_link_leads_to_a_page_and_back(home: Settings) -> None:
    morning = write_morning_page(home, NIGHT)
    assert links(morning.read_text()) == {f"machines/2025-03-31/{page_file(name)}" for name in ("1", ODD, "2")}
    assert set(files(home)) == {morning.name, *links(morning.read_text())}
    assert "3 of 4 machines have one" in morning.read_text()
    for link in links(morning.read_text()):
        [back] = re.findall(r'<a href="([^"]+)">Morning page', (morning.parent / link).read_text())
        assert ((morning.parent / link).parent / back).resolve() == morning.resolve()
    assert "Machine <bdi" in page_of(home, "1")
    assert "Press 4/2 &lt;b&gt;" in page_of(home, ODD)


def test_a_second_run_gives_the_same_bytes(home: Settings) -> None:
    write_morning_page(home, NIGHT)
    before = files(home)
    write_morning_page(home, NIGHT)
    assert files(home) == before


def test_a_page_written_late_tells_no_more(home: Settings) -> None:
    events = (("stg_errors", {"error_code": "error1", "event_at": NIGHT - DAY, "available_at": NIGHT - DAY}),
              ("stg_replacements", {"component": "comp2", "event_at": NIGHT - DAY, "available_at": NIGHT}),
              ("outages", {"component": "comp1", "failed_at": NIGHT - 2 * DAY, "known_at": NIGHT - DAY,
                           "known_good_at": NIGHT - 3 * DAY, "good_known_at": NIGHT + DAY}))  # fmt: skip
    with connect(home.paths.warehouse) as con:
        for table, row in events:
            put(con, table, machine_id="1", **row)
    write_morning_page(home, NIGHT)
    live = files(home)
    assert "error1" in page_of(home, "1")
    assert "found then" not in page_of(home, "1")
    with connect(home.paths.warehouse) as con:
        answer(con, "1", NIGHT + DAY, True, "high")
        late = {"machine_id": "1", "available_at": NIGHT + HOUR}
        put(con, "stg_errors", error_code="error2", event_at=NIGHT - HOUR, **late)
        put(con, "stg_replacements", component="comp3", event_at=NIGHT - HOUR, **late)
        put(con, "outages", machine_id="1", component="comp4", failed_at=NIGHT - HOUR, known_at=NIGHT + HOUR)
        con.execute("insert into feature_mart select * replace (as_of + interval 1 day as as_of) from feature_mart "
                    "where as_of = ?", [NIGHT])  # fmt: skip
    write_morning_page(home, NIGHT)
    assert files(home) == live


def test_an_outage_of_an_earlier_build_has_no_last_good_moment(home: Settings) -> None:
    with connect(home.paths.warehouse) as con:
        con.execute("alter table outages drop column known_good_at")
        put(con, "outages", machine_id="1", component="comp1", failed_at=NIGHT - DAY, known_at=NIGHT - DAY)
    write_morning_page(home, NIGHT)
    assert "failed 30 Mar" in page_of(home, "1")


@pytest.mark.parametrize("writes", range(2))
def test_killed_anywhere_no_link_leads_nowhere(home: Settings, monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    """Told again after a restatement, the night dies at its one machine's page, or after that at the morning's."""
    write_morning_page(home, NIGHT)
    with connect(home.paths.warehouse) as con:
        con.execute("update nightly_answers set alert = machine_id = '3', risk_level = 'normal'")
    left, write = writes, write_report

    def dying(folder: Path, name: str, html: str) -> Path:
        nonlocal left
        if not left:
            (folder / f".{name}.partial").write_text(html[:100])
            raise KeyboardInterrupt
        left -= 1
        return write(folder, name, html)

    with monkeypatch.context() as patch:
        patch.setattr(pages, "write_report", dying)
        with pytest.raises(KeyboardInterrupt):
            write_morning_page(home, NIGHT)
    found = files(home)
    assert links(found["morning_2025-03-31.html"]) <= set(found)
    assert all(text.endswith("</html>") for name, text in found.items() if not name.endswith(".partial"))
    write_morning_page(home, NIGHT)
    again = files(home)
    assert links(again["morning_2025-03-31.html"]) == {f"machines/2025-03-31/{page_file('3')}"}
    assert {name for name in again if not name.startswith(".")} == {
        "morning_2025-03-31.html", f"machines/2025-03-31/{page_file('3')}"
    }  # fmt: skip


def test_a_night_that_was_not_scored_has_no_machines_pages(home: Settings) -> None:
    write_morning_page(home, NIGHT)
    with connect(home.paths.warehouse) as con:
        put(con, "ml.nights", as_of=NIGHT, status="not scored", note="No telemetry came.")
    write_morning_page(home, NIGHT)
    assert set(files(home)) == {"morning_2025-03-31.html"}
    assert not links(files(home)["morning_2025-03-31.html"])


def test_the_settings_bound_how_many_and_how_far_back(home: Settings) -> None:
    asked = home.workspace.pages.model_copy(update={"machines": 1, "weeks": 1})
    small = home.model_copy(update={"workspace": home.workspace.model_copy(update={"pages": asked})})
    with connect(home.paths.warehouse) as con:
        for back in (6, 8):
            put(con, "stg_errors", machine_id="1", error_code="error1", event_at=NIGHT - back * DAY,
                available_at=NIGHT - back * DAY)  # fmt: skip
    write_morning_page(small, NIGHT)
    assert set(files(small)) == {"morning_2025-03-31.html", f"machines/2025-03-31/{page_file('1')}"}
    assert "reported 1 time, last Tue 25 March" in page_of(small, "1")
    none = small.model_copy(update={"workspace": small.workspace.model_copy(
        update={"pages": asked.model_copy(update={"machines": 0})})})  # fmt: skip
    write_morning_page(none, NIGHT)
    assert set(files(small)) == {"morning_2025-03-31.html"}
    assert "have one" not in files(small)["morning_2025-03-31.html"]
