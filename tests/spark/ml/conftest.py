"""One small fleet, its mart built by DuckDB and handed to Spark as it is: what differs then is the engine alone."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.registry.registry import registry
from settings import Settings, load_settings
from simulator import FleetSpec, simulate, write_drops
from steps.train import train_challenger
from tests.dbt.dbt_kit import Nightshift
from warehouse.connection import open_warehouse
from warehouse.spark.duckdb_views import refresh_views
from warehouse.sql import literal

NIGHT = datetime(2025, 3, 12, 6)
SILENT, UNKNOWN = "4", "5"  # sent nothing of late; stands in no register
TABLES = {"feature_mart": ", as_of::date as day", "stg_telemetry": "", "outages": "", "late_labels": "",
          "horizon_labels": "", "remaining_time": "", "feed_reach": "", "fleet_clock": ""}  # fmt: skip


@dataclass(frozen=True)
class Champion:
    model: Model
    version: ModelVersion
    files: Path


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A DuckDB workspace with a mart and a champion."""
    house = Nightshift(tmp_path_factory.mktemp("fleet"))
    write_drops(simulate(FleetSpec(machines=24, days=75, start=date(2025, 1, 1), seed=5)), house.drops)
    house.land()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIGHTSHIFT_TARGET", "duckdb")  # the session has set it otherwise
        house.dbt("run")
    loaded = quick(load_settings(env={"NIGHTSHIFT_HOME": str(house.home)}))
    with open_warehouse(loaded) as con:
        _trouble(con, loaded)
    train_challenger(loaded)
    return loaded


def quick(settings: Settings) -> Settings:
    workspace = settings.workspace
    training = {"iterations": 40, "learning_rate": 0.2, "folds": 2, "fold_nights": 12}
    changed = {
        "training": workspace.training.model_copy(update=training),
        "evaluation": workspace.evaluation.model_copy(update={"holdout_nights": 14, "resamples": 20}),
        "scoring": workspace.scoring.model_copy(update={"reasons_top_n": 6}),
    }
    return settings.model_copy(update={"workspace": workspace.model_copy(update=changed)})


@pytest.fixture(scope="package")
def on_spark(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace of its own with Spark as its engine and the same models in its registry."""
    home = tmp_path_factory.mktemp("spark_home")
    shutil.copy(settings.paths.home / "mlflow.db", home)
    shutil.copytree(settings.paths.home / "mlruns", home / "mlruns")
    return spark_settings(settings, home)


def spark_settings(settings: Settings, home: Path) -> Settings:
    workspace = settings.workspace
    changed = {
        "engine": workspace.engine.model_copy(update={"target": "spark"}),
        "paths": workspace.paths.model_copy(update={"home": home}),
    }
    return settings.model_copy(update={"workspace": workspace.model_copy(update=changed)})


@pytest.fixture(scope="package")
def lake(session: Any, settings: Settings, on_spark: Settings, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The session, on a lake that holds what scoring and training read, the mart in a partition a day."""
    folder = tmp_path_factory.mktemp("tables")
    for schema in ("raw", "main", "ml", "state"):
        session.sql(f"drop schema if exists {schema} cascade")
    session.sql(f"create schema main location '{on_spark.paths.lake / 'main.db'}'")
    for name, more in TABLES.items():
        with open_warehouse(settings, read_only=True) as con:
            con.execute(f"copy (select *{more} from {name}) to {literal(folder / name)} (format parquet)")
        hand_over(session, name, folder / name, by_day=bool(more))
    refresh_views(on_spark, session)
    return session


def hand_over(session: Any, name: str, file: Path, by_day: bool) -> None:
    """Make a Parquet file the table `name` of Spark's `main`, partitioned by its column `day` or not at all."""
    rows = session.read.parquet(str(file)).repartition(2).write
    (rows.partitionBy("day") if by_day else rows).saveAsTable(f"main.{name}", mode="overwrite")


@pytest.fixture(scope="package")
def champion(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Champion:
    models = registry(settings)
    model, version = models.champion()
    return Champion(
        model, version, models.runs.bundle_of(models.runs.run_id(version), tmp_path_factory.mktemp("champion"))
    )


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(settings, read_only=True) as con:
        yield con


def _trouble(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    counts = ", ".join(f"{sensor}_n_12h = 0" for sensor in settings.fleet.sensors)
    levels = ", ".join(f"{sensor}_{stat}_12h = null" for sensor in settings.fleet.sensors for stat in ("mean", "shift"))
    con.execute(f"update sensor_features set {counts}, {levels} where machine_id = '{SILENT}' and as_of = ?", [NIGHT])
    con.execute(f"update stg_machines set model = null, age = null where machine_id = '{UNKNOWN}'")
