"""A machine's page draws and tells whatever the data hold, and loads nothing."""

import re
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from delivery.pages.machine.contents import MachineEvent, MachinePage
from delivery.pages.machine.events import CODE_ROWS
from delivery.pages.machine.page import MOST_EVENTS, render_machine_page
from delivery.pages.machine.sensors import MOST_SNAPSHOTS, snapshot_columns
from ml.explain.reason_record import Reason, reasons_as_json
from ml.mart.feature_names import baseline_columns, feature_name
from settings import Fleet, load_settings
from tests.delivery.pages.html_kit import HOSTILE, Page
from tests.delivery.pages.morning.night_kit import COSTS

AS_OF = datetime(2025, 3, 31, 6)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
VOLT = "volt_mean_3h"


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    found = load_settings(env={}).fleet
    assert feature_name("volt", "mean", min(found.windows_hours)) == VOLT
    return found


def answers(nights: int = 28, **last: Any) -> pd.DataFrame:
    """Risks that rise, with an alert on the last two nights; `last` is what the last night says otherwise."""
    rows = pd.DataFrame({
        "machine_id": "7", "as_of": [AS_OF - DAY * back for back in range(nights)][::-1],
        "failure_probability": np.linspace(0.01, 0.5, nights), "comp1_probability": 0.4, "predicted_component": "comp1",
        "alert": [place >= nights - 2 for place in range(nights)],
        "risk_level": ["high" if place >= nights - 2 else "normal" for place in range(nights)],
        "recommended_action": "Replace comp1 within 24 h", "reasons": None, "reason_records": None,
        "model_name": "nightshift", "model_version": "3",
    })  # fmt: skip
    for name, value in last.items():
        rows[name] = [*[*(rows[name] if name in rows else [None] * nights)][:-1], value]
    return rows


def snapshots(fleet: Fleet, every: int = 3, days: int = 28) -> pd.DataFrame:
    moments = [AS_OF - HOUR * back for back in range(0, 24 * days, every)][::-1]
    rows = pd.DataFrame({"as_of": pd.Series(moments, dtype="datetime64[us]")})
    rng = np.random.default_rng(0)
    for name in snapshot_columns(fleet):
        rows[name] = rng.normal(170, 5, len(rows)) if "_mean" in name else 4.0
    return rows


def machine_page(fleet: Fleet, **rest: Any) -> str:
    given: dict[str, Any] = {"machine": "7", "as_of": AS_OF, "weeks": 4, "horizon_hours": 24, "answers": answers(),
                             "costs": COSTS,
                             "snapshots": snapshots(fleet), "thresholds": {"3": 0.2}}  # fmt: skip
    return render_machine_page(MachinePage(fleet=fleet, **{**given, **rest}))


def rows_of(html: str) -> dict[str, str]:
    """Each row's svg by its title."""
    found = re.findall(r"<svg[^>]*>\s*<title[^>]*>([^<]*)</title>.*?</svg>", html, re.DOTALL)
    whole = re.findall(r"(<svg[^>]*>\s*<title.*?</svg>)", html, re.DOTALL)
    return dict(zip(found, whole, strict=True))


def test_a_machine_to_which_nothing_happened(fleet: Fleet) -> None:
    page = Page(html := machine_page(fleet))
    assert set(rows_of(html)) == {"Risk within 24 hours", *fleet.sensors}
    assert "No error, replacement or failure was reported in these weeks." in page.text
    assert "Nothing was reported." in page.text
    assert "Replace comp1 within 24 h" in page.text
    assert "tonight 50 %, highest 50 % on 31 Mar, 2 nights with an alert, alert from 20 %" in page.text
    assert "a sensor's 3 h mean, over the machine's own normal" in page.text
    assert "Everything here was known on 2025-03-31 06:00 UTC" in page.text


def test_a_machine_to_which_everything_happened(fleet: Fleet) -> None:
    called = Fleet.model_validate(
        {**fleet.model_dump(), "error_codes": {"error1": "E 101 / pump", "error2": "E2"},
         "components": {"comp1": "Main drive", "comp2": "Seal kit"}}
    )  # fmt: skip
    events = (
        MachineEvent(AS_OF - 9 * DAY, "error", "error1"),
        MachineEvent(AS_OF - 8 * DAY, "failure", "comp1", AS_OF - 10 * DAY),
        MachineEvent(AS_OF - 8 * DAY, "replacement", "comp1"),
        MachineEvent(AS_OF - 2 * DAY, "replacement", "comp2"),
        MachineEvent(AS_OF - 1 * DAY, "replacement", "gone"),
    )
    reason = Reason("volt", True, 0.7, "volt 24 h mean 190 V")
    windows: dict[str, Any] = {
        "remaining_hours_low": 10.0,
        "remaining_hours_median": 20.0,
        "remaining_hours_high": 60.0,
    }
    html = machine_page(
        called, events=events, answers=answers(reason_records=reasons_as_json([reason]), machine_age=4, **windows),
        links={"Morning page": "../../morning.html"},
    )  # fmt: skip
    page, rows = Page(html), rows_of(html)
    assert list(rows)[:5] == ["Risk within 24 hours", "Remaining time", "Main drive", "Seal kit", "gone"]
    assert "E 101 / pump" in rows
    assert "failed, replaced 23 Mar" in page.text
    assert "failed, found then; it worked on Fri 21 March, 06:00" in page.text
    assert "Most likely Main drive (40 %)" in page.text
    assert "4 years old" in page.text
    assert "Sun 23 March, 06:00: failed, found then; it worked on Fri 21 March, 06:00; " in rows["Main drive"]
    assert "Mon 31 March, 16:00 to Wed 2 April, 18:00" in page.text
    assert "Likely between 16:00 today and Wednesday (80 % sure)" in page.text
    assert page.text.count("volt 24 h mean 190 V") == 1
    assert not re.search(r"\bcomp[12]\b(?! within)", page.text)
    for svg in rows.values():
        assert svg.count('class="failed"') == svg.count('class="renewed"') == svg.count('class="alerted"') == 1
    assert 'class="window"' in rows["Remaining time"]
    assert 'class="unsure"' in rows["Main drive"]


def test_every_picture_is_told_to_those_who_do_not_see_it(fleet: Fleet) -> None:
    html = machine_page(fleet, events=(MachineEvent(AS_OF - DAY, "error", "error1"),))
    page = Page(html)
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for svg in rows_of(html).values():
        labelled = re.search(r'role="img" [^>]*aria-labelledby="(\S+) (\S+)"', svg)
        assert labelled
        assert set(labelled.groups()) <= set(ids)
        assert re.search(r"<desc[^>]*>[^<]{8,}</desc>", svg)
    assert all(re.fullmatch(r"[\w -]+", level) for level in re.findall(r'class="([^"]*)"', html))


def test_a_gap_in_the_readings_is_a_gap_in_the_line(fleet: Fleet) -> None:
    whole = snapshots(fleet)
    assert rows_of(machine_page(fleet, snapshots=whole))["volt"].count("<polyline") == 1
    missing = whole.assign(volt_mean_3h=whole[VOLT].where(whole.index // 20 != 3))
    gone = whole[whole.index // 20 != 3].reset_index(drop=True)
    for rows in (missing, gone):
        html = machine_page(fleet, snapshots=rows)
        assert rows_of(html)["volt"].count("<polyline") == 2
        assert "1 gap" in rows_of(html)["volt"]
    lone = whole.assign(volt_mean_3h=whole[VOLT].where(whole.index == 5))
    svg = rows_of(machine_page(fleet, snapshots=lone))["volt"]
    assert "<polyline" not in svg
    assert svg.count('class="lone ') == 1
    assert "last read 4 Mar" in svg


def test_a_sensor_that_was_never_read_is_named(fleet: Fleet) -> None:
    html = machine_page(fleet, snapshots=snapshots(fleet).assign(volt_mean_3h=np.nan).drop(columns="rotate_mean_3h"))
    assert "No reading in these weeks: volt, rotate." in Page(html).text
    assert "volt" not in rows_of(html)
    nothing = Page(machine_page(fleet, snapshots=pd.DataFrame({"as_of": pd.Series(dtype="datetime64[us]")})))
    assert "No reading in these weeks: volt, rotate, pressure, vibration." in nothing.text


def test_one_snapshot_is_a_dot_over_its_band(fleet: Fleet) -> None:
    html = machine_page(fleet, snapshots=snapshots(fleet).tail(1), answers=answers(1))
    for name in fleet.sensors:
        svg = rows_of(html)[name]
        assert svg.count('class="lone ') == 1
        [band] = re.findall(r'class="normal-band" points="([^"]*)"', svg)
        assert len({point.split(",")[0] for point in band.split()}) == 2, "a band without a width"
    assert rows_of(html)["Risk within 24 hours"].count('class="lone ') == 1


@pytest.mark.parametrize("value", [0.0, 170.0, -3.0])
def test_a_sensor_that_never_moves_is_drawn(fleet: Fleet, value: float) -> None:
    mean, sd = baseline_columns("volt")
    rows = snapshots(fleet).assign(**{VOLT: value, mean: value, sd: 0.0})
    svg = rows_of(machine_page(fleet, snapshots=rows))["volt"]
    assert "nan" not in svg
    assert "inf" not in svg


def test_without_a_baseline_there_is_no_band(fleet: Fleet) -> None:
    rows = snapshots(fleet).assign(**dict.fromkeys(baseline_columns("volt"), np.nan))
    html = machine_page(fleet, snapshots=rows)
    assert "normal-band" not in rows_of(html)["volt"]
    assert "no baseline yet" in rows_of(html)["volt"]


def test_the_line_of_many_snapshots_is_thinned_and_keeps_its_gaps(fleet: Fleet) -> None:
    rows = snapshots(fleet, every=3, days=7 * 53)
    svg = rows_of(machine_page(fleet, snapshots=rows, weeks=53))["volt"]
    [points] = re.findall(r'class="trace" points="([^"]*)"', svg)
    assert MOST_SNAPSHOTS * 0.9 < len(points.split()) <= MOST_SNAPSHOTS + 1
    svg = rows_of(machine_page(fleet, snapshots=rows[rows.index // 500 != 2], weeks=53))["volt"]
    assert svg.count('class="trace"') == 2


def test_a_silent_night_breaks_the_line_and_shows_no_risk(fleet: Fleet) -> None:
    told = answers(risk_level="silent", failure_probability=None, alert=False,
                   recommended_action="Check the connection: no readings")  # fmt: skip
    told.loc[10, "failure_probability"] = None
    html = machine_page(fleet, answers=told)
    assert rows_of(html)["Risk within 24 hours"].count('class="trace"') == 2
    assert "tonight –, highest" in Page(html).text
    assert "Check the connection: no readings" in Page(html).text
    never = Page(machine_page(fleet, answers=told.assign(failure_probability=None)))
    assert "Risk within" not in " ".join(rows_of(machine_page(fleet, answers=told.assign(failure_probability=None))))
    assert "Check the connection" in never.text


def test_a_machine_without_an_answer_says_so(fleet: Fleet) -> None:
    page = Page(machine_page(fleet, answers=answers().head(5)))
    assert "This machine was not scored for this night." in page.text
    assert "not scored" in Page(machine_page(fleet, answers=answers().head(0))).text


def test_each_model_has_its_threshold(fleet: Fleet) -> None:
    told = answers()
    told["model_version"] = ["2"] * 10 + ["3"] * 8 + ["4"] * 10
    svg = rows_of(machine_page(fleet, answers=told, thresholds={"2": 0.1, "4": 0.3}))["Risk within 24 hours"]
    limits = re.findall(r'class="limit" points="([^"]*)"', svg)
    assert len(limits) == 2
    heights = [float(points.split()[0].split(",")[1]) for points in limits]
    assert heights[0] > heights[1], "a lower threshold lies lower, and y grows downwards"
    assert 'class="limit"' not in rows_of(machine_page(fleet, thresholds={}))["Risk within 24 hours"]


def test_nights_before_a_model_show_their_distance(fleet: Fleet) -> None:
    told = answers().assign(failure_probability=None, distance_from_normal=np.linspace(1, 6, 28), alert=False)
    html = machine_page(fleet, answers=told)
    assert "Distance from normal" in rows_of(html)
    assert "6.0 sd" in Page(html).text
    both = told.copy()
    both.loc[14:, "failure_probability"], both.loc[14:, "distance_from_normal"] = 0.2, None
    assert {"Distance from normal", "Risk within 24 hours"} <= set(rows_of(machine_page(fleet, answers=both)))


def test_further_horizons_are_told_beside_the_risk(fleet: Fleet) -> None:
    told = answers().assign(failure_probability_168h=0.9, failure_probability_48h=0.6, failure_probability_72h=None)
    assert "Risk further on: 60 % within 48 hours, 90 % within 7 days" in Page(machine_page(fleet, answers=told)).text
    assert "Risk further on" not in machine_page(fleet)


def windows(low: Any, median: Any, high: Any) -> pd.DataFrame:
    return answers().assign(remaining_hours_low=low, remaining_hours_median=median, remaining_hours_high=high)


def test_a_window_reaches_to_the_moments_it_points_at(fleet: Fleet) -> None:
    html = machine_page(fleet, answers=windows(24.0, 48.0, 120.0))
    svg = rows_of(html)["Remaining time"]
    boxes = re.findall(r'class="window" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    assert len(boxes) == 28
    days = 28 + 5  # the axis goes on to the last moment pointed at
    assert float(boxes[-1][0]) == pytest.approx(1000 * 29 / days, abs=0.1)
    assert float(boxes[-1][0]) + float(boxes[-1][1]) == pytest.approx(1000, abs=0.2)
    assert svg.count('class="median"') == 28
    assert svg.count('class="lone asked"') == 28
    assert "Tue 1 April, 06:00 to Sat 5 April, 06:00" in Page(html).text


def test_a_window_without_an_end_is_open(fleet: Fleet) -> None:
    html = machine_page(fleet, answers=windows(100.0, None, None))
    assert rows_of(html)["Remaining time"].count('class="window open"') == 28
    assert "not before Fri 4 April, 10:00" in Page(html).text


@pytest.mark.parametrize("nothing", [answers(), windows(None, None, None), windows(np.nan, np.nan, np.nan)])
def test_without_windows_there_is_no_row_of_them(fleet: Fleet, nothing: pd.DataFrame) -> None:
    html = machine_page(fleet, answers=nothing)
    assert "Remaining time" not in html


def test_sensors_of_every_kind(fleet: Fleet) -> None:
    sensors = {
        "volt": {"min": 0, "max": 400, "unit": "V"},
        "strokes": {"kind": "counter", "min": 0, "max": 1e6},
        "mode": {"kind": "state", "states": {"off": 0, "idle": 1, "run": 2}, "min": 0, "max": 2},
    }
    mixed = Fleet.model_validate({**fleet.model_dump(), "sensors": sensors})
    rows = snapshots(mixed)
    rows["strokes_last"] = np.arange(len(rows), dtype=float)
    for state, share in (("off", 0.0), ("idle", 0.25), ("run", 0.75)):
        rows[f"mode_share_{state}_24h"] = share
    html = machine_page(mixed, snapshots=rows)
    assert f"{len(rows) - 1}, rose by {len(rows) - 1}" in rows_of(html)["strokes"]
    mode = rows_of(html)["mode"]
    assert "24 h: run 75 %, idle 25 %" in mode
    assert mode.count('class="state s2"') == mode.count('class="state s1"') == 28
    assert 'class="state s0"' not in mode
    heights = {float(found) for found in re.findall(r'class="state s2"[^>]* height="([\d.]+)"', mode)}
    assert heights == {48.0}


def test_sensors_that_the_reasons_speak_of_come_first(fleet: Fleet) -> None:
    reason = Reason("pressure", True, 0.7, "pressure 24 h mean 120 bar")
    html = machine_page(fleet, answers=answers(reason_records=reasons_as_json([reason])))
    assert next(name for name in rows_of(html) if name in fleet.sensors) == "pressure"


def test_errors_are_marked_on_the_sensors_and_labelled_in_their_row(fleet: Fleet) -> None:
    events = (MachineEvent(AS_OF - 9 * DAY, "error", "error1"), MachineEvent(AS_OF - HOUR, "error", "error1"))
    rows = rows_of(html := machine_page(fleet, events=events))
    for name in fleet.sensors:
        assert re.findall(r'class="tick" d="([^"]*)"', rows[name]) == ["M655 0V16M964 0V16"]
    assert 'class="tick"' not in rows["Risk within 24 hours"]
    assert 'class="tick"' not in rows_of(machine_page(fleet))["volt"]
    assert {"22 Mar 06:00", "31 Mar 05:00"} <= set(re.findall(r'aria-hidden="true">(\d\d [^<]*)</span>', html))


def test_an_alert_says_what_waiting_costs_and_why_it_is_worth_a_visit(fleet: Fleet) -> None:
    text = Page(machine_page(fleet, answers=answers(failure_probability=0.08))).text
    assert "Waiting costs 1.6 visits on average. A missed failure costs as much as 20 needless visits" in text
    assert "alerts from 20 % on" in text
    assert text.count("worth a visit") == 3, "tonight, and both nights with an alert"
    assert "Waiting costs" not in Page(machine_page(fleet, answers=answers(alert=False, risk_level="normal"))).text


def test_a_thousand_events_are_bounded(fleet: Fleet) -> None:
    codes = tuple(f"code{number}" for number in range(CODE_ROWS + 5))
    many = Fleet.model_validate({**fleet.model_dump(), "error_codes": codes})
    events = tuple(MachineEvent(AS_OF - HOUR * (number % 600), "error", codes[number % len(codes)])
                   for number in range(3000))  # fmt: skip
    html = machine_page(many, events=events)
    assert f"{len(codes) - CODE_ROWS + 1} other codes" in rows_of(html)
    assert sum("cod" in name for name in rows_of(html)) == CODE_ROWS
    assert f"and {3000 - MOST_EVENTS:,} earlier ones" in Page(html).text
    assert len(html) < 150_000


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_an_id_holds_is_text(fleet: Fleet, name: str) -> None:
    called = Fleet.model_validate({**fleet.model_dump(), "components": {"comp1": name}})
    html = machine_page(
        called, machine=name, answers=answers(machine_id=name, recommended_action=name, machine_model=name),
        events=(MachineEvent(AS_OF - DAY, "failure", "comp1"), MachineEvent(AS_OF - DAY, "error", name)),
    )  # fmt: skip
    page = Page(html)
    assert "<script>alert" not in html
    assert not {"script", "iframe", "img", "link", "object", "a"} & set(page.tags)
    assert not [value for attribute, value in page.attributes if attribute.startswith("on")]
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|https?:", html)
    assert f"machine_id = '{name.replace(chr(39), 2 * chr(39))}'" in "".join(page.words)


def test_two_renderings_are_the_same_bytes(fleet: Fleet) -> None:
    events = (MachineEvent(AS_OF - DAY, "failure", "comp1"), MachineEvent(AS_OF - DAY, "replacement", "comp1"))
    assert machine_page(fleet, events=events) == machine_page(fleet, events=events[::-1])
