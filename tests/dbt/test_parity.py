"""Built night by night or all at once: the same rows, exactly."""

import shutil
from pathlib import Path

import pytest

from settings import ROOT
from tests.dbt.by_night import (
    TABLES,
    any_fleet,
    any_vars,
    days,
    nightly_and_at_once,
)
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Nightshift, Row
from tests.dbt.fleets import golden_fleet, make_fleet
from tests.dbt.golden import SHORT
from tests.dbt.kinds import KINDS, RunningNightshift, of_kinds, runs

QUARTER = ROOT / "../shared/data/azure_pdm"


@pytest.mark.parametrize(
    ("days_late", "nights"), [(3, 3), *(pytest.param(late, None, marks=pytest.mark.slow) for late in (0, 3))]
)
def test_every_trouble(days_late: int, nights: int | None, tmp_path: Path) -> None:
    fleet_vars = {**SHORT, "restate_days": max(days_late, 1)}
    nightly_and_at_once(tmp_path, days(golden_fleet(), days_late, 1, nights), days_late, fleet_vars)


@pytest.mark.slow
def test_counters_states_readings_that_hold_and_times_off(tmp_path: Path) -> None:
    """In files of the usual layout; `test_mapped_parity` has the same in other people's."""
    troubles = [[], [10, 13, 30], [14, 29], [9, 28, 27], [31, 5]]
    deliveries = days(of_kinds(make_fleet(troubles, hours=80, seed=21)), 2, seed=3)
    nightly_and_at_once(tmp_path, deliveries, 2, {**KINDS, "restate_days": 2}, runs, RunningNightshift)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_any_fleet(seed: int, tmp_path: Path) -> None:
    late = 2 + seed % 3
    fleet_vars = {**SHORT, **any_vars(seed), "restate_days": late}
    nightly_and_at_once(tmp_path, days(any_fleet(seed), late, seed), late, fleet_vars)


def test_the_same_night_twice_changes_nothing(tmp_path: Path) -> None:
    night = Nightshift(tmp_path / "night", SHORT)
    night.land(golden_fleet())
    night.build()
    before = night.table("feature_mart")
    night.build()
    assert_same(night.table("feature_mart"), before)


def test_the_public_quarter_night_by_night(tmp_path: Path) -> None:
    """All 100 machines: the quarter but its last days at once and those night by night, against one build of it all."""
    if not QUARTER.is_dir():
        pytest.skip(f"the public data set does not lie in {QUARTER}")
    nightly, at_once = Nightshift(tmp_path / "nightly"), Nightshift(tmp_path / "at_once")
    lines = {path.name: path.read_text().splitlines(keepends=True) for path in sorted(QUARTER.glob("PdM_*.csv"))}
    for night in ("2015-12-29", "2015-12-30", "2015-12-31", "2016-01-02"):
        for name, (header, *rows) in lines.items():
            early, lines[name] = _split(rows, night) if header.startswith("datetime") else (rows, [])
            lines[name].insert(0, header)
            if early:
                (nightly.drops / f"{name[:-4]}_{night}.csv").write_text("".join([header, *early]))
        nightly.land({})
        nightly.build()
    for path in QUARTER.glob("PdM_*.csv"):
        shutil.copy(path, at_once.drops)
    at_once.land({})
    at_once.build()
    for table in (*TABLES, "stg_telemetry", "telemetry_buckets", "spine"):
        assert _fingerprint(nightly, table) == _fingerprint(at_once, table), table


def _split(rows: list[str], night: str) -> tuple[list[str], list[str]]:
    return [row for row in rows if row[:10] < night], [row for row in rows if row[:10] >= night]


def _fingerprint(one: Nightshift, table: str) -> Row:
    """How many rows, and a sum over every bit of them that does not depend on their order."""
    return one.rows(f"select count(*) as n, sum(hash(t)::hugeint) as bits from {table} as t")[0]
