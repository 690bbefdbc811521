"""Python's names of the features are those of the dbt macros, for whatever fleet."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pandas as pd
import pytest

from ml.evaluation.naive_rules import RULES
from ml.explain.reasons import evidence_columns
from ml.mart.feature_names import ERRORS, Feature, event_clocks, feature_name, parse_feature
from ml.mart.silence import reading_counts
from settings import Fleet, Settings
from tests.dbt.macros import macro

UNUSUAL = {
    "sensors": {"n": {"min": 0, "max": 1}, "oil_mean": {"min": 0, "max": 1}, "oil": {"min": 0, "max": 1}},
    "error_codes": ("E24h", "oil_error"),
    "components": ("gear_count_3h", "n_24h"),
    "windows_hours": (6, 168),
}
KINDS = {
    "sensors": {
        "smart_5": {"min": 0, "max": 1e9, "kind": "counter"},
        "mode": {"min": 0, "max": 2, "kind": "state", "states": {"idle": 0, "run_24h": 1, "min": 2}},
        "volt": {"min": 0, "max": 400},
    }
}
WEARING = {
    "sensors": {"volt": {"min": 0, "max": 400, "component": "comp1"}, "volt_wear": {"min": 0, "max": 1}},
    "new_hours": 168,
    "slopes_hours": (12, 48),
    "moved_hours": (24,),
}


REGIMES = {**WEARING, "regimes": {"volt_wear": (0.5,)}}


@pytest.fixture(
    params=[{}, UNUSUAL, KINDS, WEARING, REGIMES], ids=["as shipped", "unusual names", "kinds", "wearing", "in regimes"]
)
def fleet(request: pytest.FixtureRequest, settings: Settings) -> Fleet:
    return Fleet.model_validate(settings.fleet.model_dump() | request.param)


@pytest.fixture
def mart(fleet: Fleet) -> list[str]:
    """Every feature of the mart but the machine's model and age, as dbt names them."""
    return [
        column["name"] for column in macro("mart_features", fleet, feature_name=partial(macro, "feature_name", fleet))
    ]


@pytest.mark.parametrize(
    "given", [("volt", "mean", 24), ("volt", "baseline_sd"), (ERRORS, "count", 168), ("a_b", "n", 3)]
)
def test_a_name_is_spelled_as_the_macro_spells_it(given: tuple[str, str, int], settings: Settings) -> None:
    assert feature_name(*given) == macro("feature_name", settings.fleet, *given)


def test_every_column_of_the_mart_is_read_back_to_what_it_was_made_of(fleet: Fleet) -> None:
    def made(subject: str, stat: str, hours: int | None = None) -> Feature:
        return Feature(subject, stat, hours)

    told = [column["name"] for column in macro("mart_features", fleet, feature_name=made)]
    assert len(told) > 20
    assert [parse_feature(feature_name(f.subject, f.stat, f.window_hours), fleet) for f in told] == told


def test_python_names_no_column_that_the_mart_has_not_got(fleet: Fleet, mart: list[str], settings: Settings) -> None:
    scoring = settings.workspace.scoring
    off = reading_counts(fleet, scoring)[-1]  # of a fleet that tells when a machine runs
    named = {*event_clocks(fleet), *reading_counts(fleet, scoring), *evidence_columns(mart, fleet)}
    assert named - {"model", "age", off} <= set(mart)
    assert named >= {name for name in mart if name.partition("_hours_since")[1]}


@pytest.mark.parametrize("rule", RULES.values())
def test_a_naive_rule_asks_for_columns_of_the_mart(
    rule: Callable[[pd.DataFrame, Fleet], object], fleet: Fleet, mart: list[str]
) -> None:
    rule(pd.DataFrame(1.0, index=range(2), columns=mart).assign(as_of=datetime(2025, 1, 1)), fleet)


@pytest.mark.parametrize("name", ["model", "age", "machine_id", "voltage_mean_24h", "volt", "fails_comp1", "as_of"])
def test_what_speaks_of_no_subject_is_no_feature_of_one(name: str, settings: Settings) -> None:
    assert parse_feature(name, settings.fleet) is None
