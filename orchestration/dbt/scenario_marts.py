"""Marts built otherwise, for the scenarios that need one: a copy of the raw tables, and dbt with other vars."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ml.evaluation.scenarios import rebuilt_marts
from ml.mart.nights import labels_known_until
from ml.progress import CountedProgress, told, untold
from ml.training.recipe import recipe_of
from ml.training.time_split import time_split
from orchestration.dbt.failures import told_by_dbt
from orchestration.dbt.resource import LeanDbt
from settings import Fleet, Settings, home_for
from warehouse.connection import copy_raw, open_warehouse

TABLES_NEEDED = "+feature_mart late_labels"  # in one word: of several, Dagster takes one


@contextmanager
def scenario_marts(settings: Settings, dbt: LeanDbt, progress: CountedProgress = untold) -> Iterator[dict[str, Path]]:
    """Build them under the workspace's home; gone when the block ends. Yields the warehouse of each by its name."""
    folder = settings.paths.home / "scenarios"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield {
            name: _build(settings, other, folder / _slug(name), dbt)
            for name, other in told([*rebuilt_marts(settings.fleet).items()], "other marts built", progress)
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _build(settings: Settings, other: Fleet, home: Path, dbt: LeanDbt) -> Path:
    with open_warehouse(settings, read_only=True) as con:
        split = time_split(labels_known_until(con, settings.fleet), replace(recipe_of(settings), fleet=other))
    copy_raw(settings.paths.warehouse, home / "warehouse.duckdb", _needed_from(settings.fleet, split.train_start))
    with home_for(home), told_by_dbt(home / "dbt"):
        dbt.on("duckdb").cli(  # on whatever engine the workspace is: they are small, and gone again
            ["run", "--quiet", "--select", TABLES_NEEDED, "--vars", json.dumps(_changed(settings.fleet, other))],
            target_path=home / "dbt",
        ).wait()
    return home / "warehouse.duckdb"


def _needed_from(fleet: Fleet, train_start: datetime) -> datetime:
    """The first reading that matters to rows of `train_start`: wear and regimes look back to where records begin."""
    looks_back = fleet.new_hours or fleet.regimes
    return datetime.min if looks_back else train_start - timedelta(hours=fleet.baseline_hours)


def _changed(fleet: Fleet, other: Fleet) -> dict[str, object]:
    before, after = fleet.model_dump(mode="json"), other.model_dump(mode="json")
    return {name: value for name, value in after.items() if value != before[name]}


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())
