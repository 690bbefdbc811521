"""What Spark's tables are made with: the columns of their contract, and those that a later version adds."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from settings import ROOT
from tests.dbt.fleets import golden_fleet
from tests.dbt.golden import SHORT
from tests.spark.spark_kit import SparkNightshift

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

MODEL = "dbt_project/models/staging/stg_machines.sql"


@pytest.fixture
def night(session: "SparkSession", tmp_path: Path) -> SparkNightshift:
    night = SparkNightshift(session, tmp_path, SHORT)
    night.land(golden_fleet())
    return night


def test_a_table_of_other_columns_than_its_contract_is_refused_and_gone(night: SparkNightshift) -> None:
    night.project = with_the_age_as_text(night.drops.parent / "project")
    with pytest.raises(AssertionError, match=r"age +\| varchar +\| double +\| data type mismatch"):
        night.dbt("run", "--select", "stg_machines")
    assert not night.session.catalog.tableExists("main.stg_machines")


def with_the_age_as_text(folder: Path) -> Path:
    shutil.copytree(ROOT / "dbt_project", folder / "dbt_project")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, folder / name)
    model = folder / MODEL
    text = model.read_text()
    assert text.count("        age,\n") == 1
    model.write_text(text.replace("        age,\n", "        cast(age as string) as age,\n"))
    return folder


def test_a_table_of_an_earlier_version_gets_the_columns_that_it_lacks(night: SparkNightshift) -> None:
    for schema in ("state", "main"):
        night.session.sql(f"create schema {schema} location '{night.home}/lake/{schema}.db'")
    night.session.sql("create table state.begun_builds (from_us bigint, finished_before bigint) using parquet")
    night.dbt("run", "--select", "stg_machines")
    assert night.session.table("state.begun_builds").columns == ["from_us", "finished_before", "meaning"]
