"""Whatever parts are built on the way, a build of all of it makes what one build of everything makes."""

import random
from contextlib import suppress
from pathlib import Path

import pytest

from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift
from tests.dbt.deliveries import built_before, daily
from tests.dbt.fleets import make_fleet
from tests.dbt.golden import SHORT, TOLERANCE
from tests.dbt.mart_oracle import expected_mart

TABLES = ("spine", "failure_labels", "sensor_features", "feature_mart")
STAGING = "path:dbt_project/models/staging"
FLEET = make_fleet([[], [15, 19], [21]], hours=260, seed=4)
PARTS = (
    (STAGING,), ("fleet_clock",), ("feature_mart",), ("spine",), ("machine_lives", "spine"), ("build_window",),
    ("+telemetry_buckets",), ("stg_telemetry+",), ("path:dbt_project/models/features",), ("failure_labels+",),
    ("+feature_mart", "--exclude", "stg_machines"), ("+feature_mart", "--exclude", "late_arrivals"),
    ("+feature_mart", "--exclude", "sensor_features"), ("stg_telemetry", "--full-refresh"), ("build_window+",),
)  # fmt: skip


def build(night: Nightshift, *part: str) -> None:
    night.dbt("run", "--select", *part)


def assert_as_at_once(night: Nightshift, drops: Drops, folder: Path) -> None:
    at_once = Nightshift(folder, night.vars)
    at_once.land(drops)
    at_once.build()
    for name in TABLES:
        assert_same(night.table(name), at_once.table(name))


def finished(night: Nightshift) -> int:
    return len(night.rows("select * from state.finished_builds"))


def test_days_of_which_only_parts_were_built_are_not_missing(tmp_path: Path) -> None:
    night = Nightshift(tmp_path / "night", {**SHORT, "restate_days": 1})
    first, *others = daily(FLEET, 0, seed=1).values()
    night.land(first)
    night.build()
    night.land({name: rows for files in others for name, rows in files.items()})
    for part in (STAGING, "fleet_clock", "feature_mart"):
        build(night, part)
    assert finished(night) == 1
    night.build()
    assert finished(night) == 2
    assert_as_at_once(night, FLEET, tmp_path / "at_once")


def test_a_part_is_noted_where_it_saw_what_no_build_has(tmp_path: Path) -> None:
    begun = "select count(*) as n from state.begun_builds where finished_before = 1"
    night = Nightshift(tmp_path / "night", {**SHORT, "restate_days": 1})
    first, second, *_ = daily(FLEET, 0, seed=1).values()
    night.land(first)
    night.build()
    build(night, STAGING)
    assert night.rows(begun) == [{"n": 0}]
    night.land(second)
    build(night, "stg_machines")
    assert night.rows(begun) == [{"n": 1}]
    night.dbt("test", "--select", "stg_machines_one_row_a_machine")
    assert night.rows(begun) == [{"n": 1}]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_any_parts_in_any_order(seed: int, tmp_path: Path) -> None:
    """Rows that come after a finished build are known late: the oracle, and the same home built anew, know when."""
    chance = random.Random(seed)
    night = Nightshift(tmp_path / "night", {**SHORT, "restate_days": 2})
    first, *days = daily(FLEET, 2, seed).values()
    later = {name: rows for files in days for name, rows in files.items()}
    deliveries = [first, later] if seed % 3 else [first | later]
    night.land(first)
    if seed % 3:
        night.build()
    while days:
        for _ in range(min(len(days), chance.randint(1, 4))):
            night.land(days.pop(0))
        for _ in range(chance.randint(1, 3)):
            with suppress(AssertionError):  # a part that reads what has never been made fails midway
                build(night, *chance.choice(PARTS))
    night.build()
    by_parts = {name: night.table(name) for name in TABLES}
    expected = expected_mart(first | later, night.fleet, built_before(deliveries, night.fleet))
    assert_same(by_parts["feature_mart"], expected, TOLERANCE)
    build(night, "+feature_mart", "--full-refresh")
    for name in TABLES:
        assert_same(by_parts[name], night.table(name))
