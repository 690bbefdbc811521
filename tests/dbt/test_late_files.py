"""Files of events that land after a night was built: what the past knew stays, and from then on they count."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift, Row, Table
from tests.dbt.deliveries import built_before
from tests.dbt.fleets import fleets, make_fleet
from tests.dbt.golden import SHORT, TOLERANCE, check_late_files
from tests.dbt.mart_oracle import expected_mart
from tests.dbt.test_mart_by_brute_force import BOUNDED
from tests.dbt.troubles.machine import START, H

HOURS = 120
LAST = START + (HOURS - 1) * H  # a snapshot's hour
COLUMNS = {"errors": "errorID", "maint": "comp", "failures": "failure"}


def features_of(table: Table) -> Table:
    return {
        key: {name: cell for name, cell in row.items() if name != "label_status" and not name.startswith("fails_")}
        for key, row in table.items()
    }


def event(feed: str, at: datetime, code: str, known: datetime | None = None) -> Row:
    return {"datetime": at, "machineID": "1", COLUMNS[feed]: code, "available_at": known}


def late_files() -> Drops:
    """An error long past and one of just now; a replacement and a failure; one that says when it was known."""
    return {
        "PdM_errors_late.csv": [
            event("errors", START + 20 * H, "error1"),
            event("errors", LAST, "error2"),
            event("errors", LAST - 2 * H, "error3", LAST - H),
        ],
        "PdM_maint_late.csv": [event("maint", START + 30 * H, "comp1")],
        "PdM_failures_late.csv": [event("failures", LAST - 5 * H, "comp2")],
    }


def next_day(drops: Drops) -> Drops:
    rows = [row for row in drops["PdM_telemetry.csv"] if row["datetime"] > LAST - 24 * H]
    return {"PdM_telemetry_next.csv": [{**row, "datetime": row["datetime"] + 24 * H} for row in rows]}


def test_the_past_stays_as_it_was_and_the_next_snapshot_knows(tmp_path: Path) -> None:
    first = make_fleet([[], [15, 19, 21]], HOURS, seed=3)
    for feed, column in COLUMNS.items():
        first[f"PdM_{feed}.csv"].append({**event(feed, START + 9 * H, "other"), column: "other"})
    night = Nightshift(tmp_path / "night", {**SHORT, "restate_days": 2})
    night.land(first)
    night.build()
    before = features_of(night.table("feature_mart"))

    late = late_files()
    night.land(late)
    night.build()
    told = features_of(night.table("feature_mart"))
    said = [key for key, row in told.items() if row["error3_count_3h"] and key[0] == "1" and key[1] > LAST - 2 * H]
    assert set(said) == {("1", LAST)}  # its source says that the last snapshot could know
    assert_same({**told, ("1", LAST): before["1", LAST]}, before)

    again = {name.replace("_late", "_later"): rows for name, rows in late.items()}
    night.land(again | next_day(first))
    night.build()
    deliveries = [first, late, again | next_day(first)]
    everything = first | late | again | next_day(first)
    nightly = features_of(night.table("feature_mart"))
    expected = expected_mart(everything, night.fleet, built_before(deliveries, night.fleet))
    assert_same(nightly, features_of(expected), TOLERANCE)
    new = nightly["1", LAST + 3 * H]
    assert new["error1_hours_since"] == (LAST + 3 * H - START) / H - 20
    assert (new["error2_count_3h"], new["error2_count_12h"], new["comp2_hours_since_failure"]) == (0, 1, 8)

    night.dbt("run", "--select", "+feature_mart", "--full-refresh")
    assert_same(features_of(night.table("feature_mart")), nightly)

    night.build(restate_from=str(START.date()))
    on_time = night.table("feature_mart")
    assert_same(on_time, expected_mart(everything, night.fleet), TOLERANCE)
    night.dbt("run", "--select", "+feature_mart", "--full-refresh")
    assert_same(night.table("feature_mart"), on_time)


class TestAnyFleet:
    @given(drops=fleets(machines=8, hours=110))
    @settings(BOUNDED, max_examples=2)
    def test_a_few(self, drops: Drops, tmp_path_factory: pytest.TempPathFactory) -> None:
        check_late_files(tmp_path_factory.mktemp("night") / "run", drops=drops)

    @pytest.mark.slow
    @given(drops=fleets(machines=12, hours=150))
    @settings(BOUNDED, derandomize=False, max_examples=40)
    def test_many(self, drops: Drops, tmp_path_factory: pytest.TempPathFactory) -> None:
        check_late_files(tmp_path_factory.mktemp("night") / "run", drops=drops, seed=2)
