"""Drift: what moved is found, what chance does is not, and the report is safe to open anywhere."""

import os
import re
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from delivery.pages import drift as drift_page_module
from delivery.pages.drift import drift_page
from delivery.pages.evidently import Drawing, SharedScript, run_evidently
from ml.monitoring.drift import CLOCK, TABLE_COLUMNS, DriftVerdict, judge_columns, judge_drift
from ml.monitoring.windows import REFERENCE_ROWS
from settings import DriftSettings

AS_OF = datetime(2025, 5, 1, 6)
LIMITS = DriftSettings(current_nights=7, min_rows=200, effect_size=0.3, missing_share=0.05)
HOSTILE = "</script><script>alert(1)</script>"
NONE_BEFORE = pd.DataFrame(columns=list(TABLE_COLUMNS))


def fleet_history(rng: np.random.Generator, machines: int, nights: int, columns: int) -> pd.DataFrame:
    """A stationary fleet: machine offsets, autocorrelated nights, rare counts and saw-toothed clocks."""
    shape = (machines, nights, columns)
    noise = rng.normal(size=shape)
    for night in range(1, nights):
        noise[:, night] = 0.7 * noise[:, night - 1] + np.sqrt(1 - 0.7**2) * noise[:, night]
    values = noise + rng.normal(size=(machines, 1, columns))
    kind = np.arange(columns) % 4
    values[:, :, kind == 1] = (noise[:, :, kind == 1] > 2.2) * rng.integers(1, 4, size=(machines, nights, 1))
    clock = rng.integers(0, 60, size=(machines, 1, columns)) + np.arange(nights)[None, :, None]
    values[:, :, kind == 2] = (clock % 60)[:, :, kind == 2] * 24.0
    frame = pd.DataFrame(values.reshape(-1, columns), columns=[f"c{i}" for i in range(columns)])
    frame["machine_id"] = np.repeat([f"m{i}" for i in range(machines)], nights)
    frame["night"] = np.tile(np.arange(nights), machines)
    return frame


def windows(seed: int = 0, columns: int = 4, machines: int = 60) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = fleet_history(np.random.default_rng(seed), machines, 47, columns)
    return frame[frame["night"] < 40].copy(), frame[frame["night"] >= 40].copy()


def judge(reference: pd.DataFrame, current: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return judge_columns(reference, current, columns, LIMITS, as_of=AS_OF)[0].set_index("column_name")


@pytest.fixture(scope="module")
def verdict() -> DriftVerdict:
    """One whole verdict with a shifted, an emptied, a constant and a hostile column."""
    reference, current = windows()
    for frame in (reference, current):
        frame["flat"] = 5.0
        frame[HOSTILE] = np.random.default_rng(1).normal(size=len(frame))
        frame["model"] = np.where(frame["machine_id"].str.endswith("1"), HOSTILE, "<img src=x onerror=alert(2)>")
    current["c0"] += 1.5
    current["c3"] = np.nan
    columns = ["c0", "c1", "c2", "c3", "flat", HOSTILE, "model"]
    return judge_drift(reference, current, columns, LIMITS, as_of=AS_OF, kinds={"c2": "prediction"})


def test_table_has_one_row_a_column_and_the_contract(verdict: DriftVerdict) -> None:
    assert tuple(verdict.table.columns) == TABLE_COLUMNS
    assert verdict.table["column_name"].is_unique
    assert len(verdict.table) == 7
    rows = verdict.table.set_index("column_name")
    assert rows.loc["c2", "kind"] == "prediction"
    assert rows.loc["c0", "kind"] == "feature"
    assert rows.loc["model", "method"] == "jensenshannon"


def test_shift_and_loss_are_found_and_named(verdict: DriftVerdict) -> None:
    rows = verdict.table.set_index("column_name")
    assert set(verdict.drifted_columns) == {"c0", "c3"}
    assert rows.loc["c0", "drifted"]
    assert not rows.loc["c3", "drifted"]
    assert rows.loc["c3", "missing_drifted"]
    assert rows.loc["c3", "missing_current"] == 1.0
    assert "missing share alone" in str(rows.loc["c3", "reason"])
    assert "c0 by" in verdict.summary
    assert "c3 (100% missing)" in verdict.summary


def test_report_loads_nothing_and_hostile_values_stay_data(verdict: DriftVerdict) -> None:
    made = drift_page(verdict, NONE_BEFORE)
    page, script = made.html, made.script
    assert script is not None
    assert HOSTILE not in page
    assert "<img" not in page
    assert "Content-Security-Policy" in page
    assert "default-src 'none'" in page
    assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"([^\"]*)", page) == [script.name]
    assert not re.search(r"url\((?!data:)[\"']?https?:", page + script.text)
    assert len(page) < 100_000
    assert 3_000_000 < len(script.text) < 4_000_000
    assert "window.drawDashboard" in page


def test_of_many_columns_the_farthest_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[pd.DataFrame] = []

    def draw(reference: pd.DataFrame, current: pd.DataFrame, table: pd.DataFrame) -> Drawing:
        drawn.append(table)
        return Drawing("", "", "metric", SharedScript("evidently-0.js", ""))

    monkeypatch.setattr(drift_page_module, "draw", draw)
    monkeypatch.setattr(drift_page_module, "DRAWN_AT_MOST", 2)
    reference, current = windows(columns=6)
    for name, shift in (("c5", 3), ("c2", 4000), ("c4", 5), ("c0", 0.2)):
        current[name] += shift
    names = [f"c{i}" for i in range(6)]
    drift_page(judge_drift(reference, current, names, LIMITS, as_of=AS_OF), NONE_BEFORE)
    steady = reference.assign(c0=reference["c0"] + 0.01)
    drift_page(judge_drift(reference, steady, names, LIMITS, as_of=AS_OF), NONE_BEFORE)
    by_times_their_limit = [["c5", "c2"], ["c0", "c1"]]
    assert [table["column_name"].tolist() for table in drawn] == by_times_their_limit


def test_usage_statistics_are_off(verdict: DriftVerdict) -> None:
    assert os.environ["DO_NOT_TRACK"]


def test_evidently_draws_the_numbers_of_the_table() -> None:
    reference, current = windows(columns=4)
    current["c0"] += 1
    reference["model"], current["model"] = (np.where(f["machine_id"] < "m3", "a", "b") for f in (reference, current))
    columns = ["c0", "c1", "c2", "model"]
    table, seen = judge_columns(reference, current, columns, LIMITS, as_of=AS_OF)
    metrics = run_evidently(seen.reference[columns], seen.current[columns], table).dict()["metrics"]
    theirs = {m["config"]["column"]: float(m["value"]) for m in metrics if "column" in m["config"]}
    assert theirs == pytest.approx(table.set_index("column_name")["effect"].to_dict(), abs=1e-9)
    assert metrics[0]["value"]["count"] == table["drifted"].sum()


@pytest.mark.parametrize("machines", [30, 100])
def test_stationary_nights_rarely_alarm(machines: int) -> None:
    nights, columns = 40, 60
    names = [f"c{i}" for i in range(columns)]
    alarms = 0
    for seed in range(nights):
        frame = fleet_history(np.random.default_rng(seed), machines, 37, columns)
        table = judge(frame[frame["night"] < 30], frame[frame["night"] >= 30], names)
        assert table["judged"].all()
        alarms += bool(table["drifted"].any() or table["missing_drifted"].any())
    assert alarms <= 0.05 * nights


@pytest.mark.parametrize("machines", [30, 100])
def test_one_sd_in_one_of_sixty_columns_is_found(machines: int) -> None:
    names = [f"c{i}" for i in range(60)]
    found = []
    for seed in range(10):
        reference, current = windows(seed, 60, machines)
        current["c4"] += reference["c4"].std()
        found.append(bool(judge(reference, current, names).loc["c4", "drifted"]))
    assert all(found)


def test_one_strange_machine_is_not_fleet_drift() -> None:
    reference, current = windows()
    current.loc[current["machine_id"] == "m1", "c0"] += 60
    row = judge(reference, current, ["c0"]).loc["c0"]
    assert row["effect"] > LIMITS.effect_size
    assert not row["drifted"]


def test_clocks_of_a_small_stationary_fleet_rarely_alarm() -> None:
    """Rare events that move a clock for a fortnight: in a bad week hardly a machine of the few has one."""
    names, clocks = [f"c{i}" for i in range(60)], [f"c{i}" for i in range(30)]
    machines, nights, alarms = 30, 107, 0
    for seed in range(20):
        events = np.random.default_rng(seed).random((nights + 14, machines, len(clocks))) < 6 / 365
        since, history = np.full(events.shape[1:], 14.0), []
        for night in events:
            since = np.where(night, 0.0, np.minimum(since + 1, 14.0))
            history.append(since)
        frame = pd.DataFrame(0.0, index=range(machines * nights), columns=names)
        frame[clocks] = np.concatenate(history[14:])
        frame["machine_id"] = np.tile([f"m{i}" for i in range(machines)], nights)
        late = np.arange(len(frame)) >= machines * (nights - 7)
        kinds = dict.fromkeys(clocks, CLOCK)
        table, _ = judge_columns(frame[~late], frame[late], names, LIMITS, as_of=AS_OF, kinds=kinds)
        alarms += bool(table["drifted"].any())
    assert alarms <= 1


def test_a_clock_that_stops_is_found() -> None:
    reference, current = windows(machines=30)
    reference["clock"] = np.tile(np.arange(40) % 14, 30).astype(float)
    current["clock"] = 14.0
    table, _ = judge_columns(reference, current, ["clock"], LIMITS, as_of=AS_OF, kinds={"clock": CLOCK})
    assert table["drifted"].all()


def test_constant_columns_neither_divide_by_zero_nor_alarm_on_rounding() -> None:
    reference, current = windows()
    reference["flat"], current["flat"] = 5.0, 5.0 + 1e-9 * np.arange(len(current))
    reference["zero"], current["zero"] = 0.0, 0.0
    reference["stuck"], current["stuck"] = 5.0, 7.0
    rows = judge(reference, current, ["flat", "zero", "stuck"])
    assert rows["effect"].notna().all()
    assert rows["drifted"].to_dict() == {"flat": False, "zero": False, "stuck": True}


def test_too_few_rows_are_not_judged_and_still_give_a_page() -> None:
    reference, current = windows()
    current = current.head(199).assign(c0=1e9, c1=np.nan)
    verdict = judge_drift(reference, current, ["c0", "c1"], LIMITS, as_of=AS_OF)
    assert not verdict.table[["judged", "drifted", "missing_drifted"]].to_numpy().any()
    assert verdict.drifted_columns == ()
    assert "199 rows" in verdict.summary
    page = drift_page(verdict, NONE_BEFORE)
    assert "Drift was not judged" in page.html
    assert page.script is None


@pytest.mark.parametrize("empty", ["reference", "current", "both"])
def test_empty_windows_are_not_judged(empty: str) -> None:
    reference, current = windows()
    reference = reference.head(0) if empty != "current" else reference
    current = current.head(0) if empty != "reference" else current
    assert not judge(reference, current, ["c0", "c1"])["judged"].any()


def test_one_machine_alone_is_not_judged() -> None:
    reference, current = windows()
    both = [frame.assign(machine_id="m1") for frame in (reference, current)]
    assert "one machine" in str(judge(both[0], both[1], ["c0"]).loc["c0", "reason"])


def test_category_shift_is_found_and_missing_text_is_not_a_category() -> None:
    reference, current = windows()
    reference["model"], current["model"] = "a", "b"
    reference["half"] = current["half"] = "a"
    current.loc[current.index[::2], "half"] = None
    rows = judge(reference, current, ["model", "half"])
    assert rows["drifted"].to_dict() == {"model": True, "half": False}
    assert rows.loc["half", "missing_drifted"]


def test_infinity_counts_as_missing() -> None:
    reference, current = windows()
    current.loc[current.index[::2], "c0"] = np.inf
    row = judge(reference, current, ["c0"]).loc["c0"]
    assert row["missing_current"] == pytest.approx(0.5)
    assert np.isfinite(row["effect"])


def test_long_reference_is_thinned_the_same_way_every_time() -> None:
    reference, current = windows(machines=150)
    first, second = (judge(reference, current, ["c0", "c2"]) for _ in range(2))
    assert (first["reference_rows"] == REFERENCE_ROWS).all()
    pd.testing.assert_frame_equal(first, second)


def test_absent_column_is_refused_by_name() -> None:
    reference, current = windows()
    with pytest.raises(ValueError, match="current window lacks the columns 'c0'"):
        judge(reference, current.drop(columns="c0"), ["c0"])
