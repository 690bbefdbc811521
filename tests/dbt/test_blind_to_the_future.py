"""What was not known at a moment cannot move any feature at or before it, not by one bit."""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from settings import ROOT
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift, Row, Table
from tests.dbt.fleets import TROUBLES, golden_fleet, make_fleet
from tests.dbt.futures import another_future
from tests.dbt.golden import SHORT
from tests.dbt.troubles.machine import START

# Whether a machine that fell silent has rows at all is told by what comes later: it is back, or it is gone.
NOBODY_GOES = {**SHORT, "retired_after_days": 400}
QUARTER = ROOT.parent / "shared" / "data" / "azure_pdm"
SOME_MACHINES = {"1", "17", "22", "83", "99"}


def features_until(folder: Path, drops: Drops, until: datetime, fleet_vars: dict[str, Any]) -> Table:
    night = Nightshift(folder, fleet_vars)
    night.land(drops)
    night.build()
    table = night.table("feature_mart")
    assert max(as_of for _, as_of in table) > until
    return {key: _features(row) for key, row in table.items() if key[1] <= until}


def _features(row: Row) -> Row:
    return {name: cell for name, cell in row.items() if name != "label_status" and not name.startswith("fails_")}


@pytest.mark.parametrize(("hours", "seed"), [(75, 1), pytest.param(98, 2, marks=pytest.mark.slow)])
def test_every_trouble(hours: int, seed: int, tmp_path: Path) -> None:
    drops, until = golden_fleet(), START + timedelta(hours=hours)
    past = features_until(tmp_path / "one", drops, until, NOBODY_GOES)
    other = features_until(tmp_path / "other", another_future(drops, until, seed), until, NOBODY_GOES)
    assert_same(other, past)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
def test_any_fleet(seed: int, tmp_path: Path) -> None:
    troubles = [[], *([(seed * 7 + n * 5 + i * i) % len(TROUBLES) for i in range(n % 6)] for n in range(14))]
    drops, until = make_fleet(troubles, hours=150, seed=seed), START + timedelta(hours=40 + 4 * seed, minutes=seed % 2)
    past = features_until(tmp_path / "one", drops, until, NOBODY_GOES)
    assert_same(features_until(tmp_path / "other", another_future(drops, until, seed), until, NOBODY_GOES), past)


def test_the_public_quarter(tmp_path: Path) -> None:
    if not QUARTER.is_dir():
        pytest.skip(f"the public data set does not lie in {QUARTER}")
    drops = {path.name: _some_rows(path) for path in sorted(QUARTER.glob("PdM_*.csv"))}
    until = datetime(2015, 10, 24, 6)
    past = features_until(tmp_path / "one", drops, until, {})
    assert_same(features_until(tmp_path / "other", another_future(drops, until, 1), until, {}), past)


def _some_rows(path: Path) -> list[Row]:
    with path.open(newline="") as handle:
        rows: list[Row] = [row for row in csv.DictReader(handle) if row["machineID"] in SOME_MACHINES]
    for row in rows:
        if "datetime" in row:
            row["datetime"] = datetime.fromisoformat(row["datetime"])
    return [row for row in rows if "datetime" not in row or row["datetime"] < datetime(2015, 11, 1)]
