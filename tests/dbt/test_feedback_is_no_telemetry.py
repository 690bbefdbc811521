"""What the crew says moves no clock, no feature and no label, and makes no night build anything again."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift, Row
from tests.dbt.fleets import make_fleet
from tests.dbt.golden import SHORT
from tests.dbt.troubles.machine import START

# Longer ago than a night restates, in the middle, and long after the last reading; also of nobody that is known.
MOMENTS = [START - timedelta(days=400), START + timedelta(hours=70), START + timedelta(days=100)]
FEEDBACK: list[Row] = [
    {"datetime": at, "machineID": machine, "comp": comp, "verdict": "replaced", "note": "seal,\nhose"}
    for at in MOMENTS
    for machine, comp in (("1", "comp1"), ("10", "comp2"), ("nobody", "gear box"))
]
CLOCKS = ("fleet_clock", "machine_lives", "stg_replacements", "stg_failures")
EMPTY = ("late_arrivals", "waiting_arrivals", "restated_snapshots")


@pytest.fixture
def drops() -> Drops:
    return make_fleet([[], [15, 19], [21]], hours=150, seed=4)


def clocks(night: Nightshift) -> list[list[Row]]:
    return [night.rows(f"select * from {name} order by all") for name in CLOCKS]


def everything(night: Nightshift) -> None:
    night.dbt("run", "--select", "path:dbt_project/models/staging", "+feature_mart", "+waiting_arrivals")


def started_at(night: Nightshift) -> int | None:
    [row] = night.rows("select from_us from build_window")
    return None if row["from_us"] is None else int(row["from_us"])


def test_it_changes_nothing_that_is_built(drops: Drops, tmp_path: Path) -> None:
    night = Nightshift(tmp_path / "night", {**SHORT, "restate_days": 1})
    night.land(drops)
    everything(night)
    everything(night)
    mart, before, window = night.table("feature_mart"), clocks(night), started_at(night)
    summary = night.land({"PdM_feedback.csv": FEEDBACK})
    assert summary.rows["feedback"] == len(FEEDBACK)
    everything(night)
    assert len(night.rows("select * from stg_feedback")) == len(FEEDBACK)
    assert_same(night.table("feature_mart"), mart)
    assert clocks(night) == before
    assert started_at(night) == window
    assert [night.rows(f"select * from {name}") for name in EMPTY] == [[], [], []]


def test_it_changes_nothing_from_the_start(drops: Drops, tmp_path: Path) -> None:
    silent, told = Nightshift(tmp_path / "silent", SHORT), Nightshift(tmp_path / "told", SHORT)
    silent.land(drops)
    told.land({**drops, "PdM_feedback.csv": FEEDBACK})
    silent.build()
    told.build()
    assert_same(told.table("feature_mart"), silent.table("feature_mart"))
    assert clocks(told) == clocks(silent)


def test_none_of_the_models_up_to_the_mart_reads_it(drops: Drops, tmp_path: Path) -> None:
    night = Nightshift(tmp_path / "night", SHORT)
    night.land({**drops, "PdM_feedback.csv": FEEDBACK})
    night.build()
    assert not night.rows("select 1 from duckdb_tables() where table_name = 'stg_feedback'")


def test_its_staging_holds_every_row_that_landed(drops: Drops, tmp_path: Path) -> None:
    night = Nightshift(tmp_path / "night", SHORT)
    night.land({**drops, "PdM_feedback.csv": FEEDBACK})
    night.build()
    night.dbt("build", "--select", "stg_feedback", "--exclude-resource-type", "unit_test")
    given = {row["given_at"] for row in night.rows("select given_at from stg_feedback")}
    assert given == set(MOMENTS)
    assert max(given) > datetime(2025, 4, 1)
