"""The columns of `predictions`: dbt's lists are Python's, and each engine has a type for every one."""

from typing import Any, get_args

import duckdb
import pytest
import yaml
from jinja2.nativetypes import NativeEnvironment

from ml.scoring.contract import ARROW, SPARK, LogicalType, arrow_schema, columns_in, prediction_columns, spark_ddl
from settings import ROOT, Fleet, Settings
from tests.dbt.macros import macro

DESCRIBED = ROOT / "dbt_project/models/outcomes/predictions.yml"
Pairs = list[tuple[str, str]]


def owned(fleet: Fleet) -> Pairs:
    return [(column.name, column.kind) for column in prediction_columns(fleet.components, fleet.further_horizons)]


def described(model: str, fleet: Fleet) -> Pairs:
    """A model's columns in its YAML, which dbt renders with the vars."""
    [text] = [node["columns"] for node in yaml.safe_load(DESCRIBED.read_text())["models"] if node["name"] == model]
    environment = NativeEnvironment(extensions=["jinja2.ext.do"])
    environment.filters["as_native"] = lambda value: value
    columns: Any = environment.from_string(text).render(var=fleet.model_dump().__getitem__)
    assert all(column["description"] for column in columns)
    return [(column["name"], column["data_type"]) for column in columns]


@pytest.fixture(params=[(("comp1", "comp2", "comp3", "comp4"), ()), (("pump",), (24, 60)), (("pump",), (36,))])
def fleet(request: pytest.FixtureRequest, settings: Settings) -> Fleet:
    components, horizons = request.param
    return settings.fleet.model_copy(update={"components": components, "horizons_hours": horizons})


def test_dbts_macro_lists_the_columns_that_python_owns(fleet: Fleet) -> None:
    assert macro("prediction_columns", fleet) == owned(fleet)


@pytest.mark.parametrize("model", ["predictions", "nightly_answers"])
def test_the_described_columns_are_those_that_python_owns(model: str, fleet: Fleet) -> None:
    assert described(model, fleet) == owned(fleet)


def test_every_type_is_known_to_every_engine() -> None:
    assert list(ARROW) == list(SPARK) == list(get_args(LogicalType))
    with duckdb.connect() as con:
        for kind, arrow in ARROW.items():
            con.execute(f"create or replace table typed (x {kind})")
            [found] = con.sql("select x from typed").to_arrow_table().schema.types
            assert found == arrow, kind


def test_the_columns_of_a_night_are_known_by_their_names() -> None:
    columns = prediction_columns(("comp1", "pump"), (48, 168))
    some = [column.name for column in columns][::-1]
    assert columns_in(some) == columns[::-1]
    assert arrow_schema(columns).names == some[::-1]
    assert spark_ddl(columns[:2]) == "`machine_id` string, `as_of` timestamp_ntz"
    with pytest.raises(KeyError, match="reason"):
        columns_in(["machine_id", "reason"])
