"""A mapped fleet from its files to the mart: by night or all at once, in any order, the rows that the oracle has."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.by_night import any_fleet, any_vars, assert_parity, days, nightly_and_at_once
from tests.dbt.dbt_kit import Drops
from tests.dbt.deliveries import daily
from tests.dbt.fleets import TROUBLES, golden_fleet, make_fleet
from tests.dbt.kinds import runs
from tests.dbt.mapped import MappedFiles, delivered, mappable, mapped_vars


def check(folder: Path, drops: Drops, days_late: int, seed: int, nights: int | None = None, **more_vars: Any) -> None:
    deliveries = [delivered(files) for files in days(mappable(drops), days_late, seed, nights)]
    fleet_vars = mapped_vars(folder, restate_days=max(days_late, 1), **more_vars)
    nightly_and_at_once(folder, deliveries, days_late, fleet_vars, runs, MappedFiles)


@pytest.mark.slow  # files in any order come late too
def test_nights_with_files_that_come_late(tmp_path: Path) -> None:
    troubles = [[], [10, 13, 30], [14, 29, 17], [9, 28, 27], [31, 5], [33, 34, 19]]
    check(tmp_path, make_fleet(troubles, hours=64, seed=21), days_late=1, seed=3, nights=3, slice_rows=400)


@pytest.mark.slow
@pytest.mark.parametrize("days_late", [0, 3])
def test_every_trouble(days_late: int, tmp_path: Path) -> None:
    check(tmp_path, golden_fleet(), days_late, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_any_fleet(seed: int, tmp_path: Path) -> None:
    check(tmp_path, any_fleet(seed), 2, seed, **any_vars(seed))


def one_by_one(drops: Drops) -> list[Drops]:
    """A delivery for each file that is made of `drops`: orders are of two feeds."""
    files: dict[str, Drops] = {}
    for name, rows in drops.items():
        files.setdefault(name.replace("maint", "failures"), {})[name] = rows
    return [delivered(file) for file in files.values()]


def test_files_in_any_order(tmp_path: Path) -> None:
    """Of troubles whose rows all say when they were known, or agree: then no file needs to be the later one."""
    names = ("late_rows", "corrections", "duplicates", "two_systems", "stated_ends", "errors_anywhere")
    chosen = [number for number, trouble in enumerate(TROUBLES) if trouble.__name__ in names]
    drops = mappable(make_fleet([[], chosen[::2], chosen[1::2], chosen], hours=42, seed=5))
    fleet_vars = mapped_vars(tmp_path, slice_rows=400)
    files = [file for day in daily(drops, 0, seed=1).values() for file in one_by_one(day)]
    in_turn, mixed = (MappedFiles(tmp_path / name, fleet_vars) for name in ("in_turn", "mixed"))
    in_turn.land(drops)
    for file in sorted(random.Random(2).sample(files, len(files)), key=lambda file: "telemetry" not in "".join(file)):
        mixed.land(file)  # without readings nothing lands
    for night in (in_turn, mixed):
        night.build()
    assert_parity(mixed, in_turn)
