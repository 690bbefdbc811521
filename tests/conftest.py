"""What every test shares: nothing of the caller's workspace leaks in, and a small mart that a model can learn from."""

import gc
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings as hypothesis_settings

from ml.mart.columns import WEIGHT, MartColumns, label
from ml.mart.feature_names import ERRORS, error_clock, feature_name, replacement_clock
from ml.training.recipe import Recipe, recipe_of
from ml.training.time_split import TimeSplit, time_split
from ml.training.train import Trained, train
from settings import Settings, load_settings
from tests.environment import forget_the_caller

forget_the_caller()  # before any test, and any process that a test starts

hypothesis_settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
hypothesis_settings.load_profile("untimed")

START = datetime(2025, 1, 1, 0)
KNOWN = datetime(2025, 3, 1, 6)


def pytest_collection_finish() -> None:
    """Libraries and tests stay to the end: no search for garbage need go through them again, half a second each."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(
        50_000, 20, 20
    )  # dbt makes millions of small objects: look for garbage among more of them at a time


def pytest_unconfigure() -> None:
    gc.unfreeze()  # libraries tell of what is still there when Python ends


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The repository's own settings, with a model small enough for a test."""
    loaded = load_settings(env={})
    training = loaded.workspace.training.model_copy(
        update={
            "iterations": 40,
            "learning_rate": 0.2,
            "feature_share": 0.5,
            "folds": 2,
            "fold_nights": 8,
            "feature_sets": (),
        }
    )
    evaluation = loaded.workspace.evaluation.model_copy(update={"holdout_nights": 14, "resamples": 60})
    workspace = loaded.workspace.model_copy(update={"training": training, "evaluation": evaluation})
    return loaded.model_copy(update={"workspace": workspace})


@pytest.fixture(scope="session")
def columns(settings: Settings) -> MartColumns:
    stats = ("n", "mean", "sd", "shift")
    features = [feature_name(sensor, stat, w) for sensor in settings.fleet.sensors for w in (12, 24) for stat in stats]
    features += [*map(error_clock, settings.fleet.error_codes), feature_name(ERRORS, "count", 24)]
    features += map(replacement_clock, settings.fleet.components)
    return MartColumns(("model", "age", *features), ("any", *settings.fleet.components))


@pytest.fixture(scope="session")
def mart(settings: Settings, columns: MartColumns) -> pd.DataFrame:
    """60 days x 30 machines x 4 snapshots a day; comp1 fails when volt stands high."""
    rng = np.random.default_rng(3)
    times = [START + timedelta(hours=6 * step) for step in range(60 * 4)]
    rows = pd.DataFrame(
        [(f"m{machine}", as_of) for as_of in times for machine in range(30)], columns=["machine_id", "as_of"]
    )
    rows["label_status"] = "mature"
    rows[WEIGHT] = 1.0
    for name in columns.features:
        rows[name] = 24.0 if "_n_" in name else rng.normal(size=len(rows))
    rows["model"] = np.where(rows.index % 2 == 0, "model1", "model2")
    rows["age"] = 10.0
    rows["errors_count_24h"] = rng.poisson(0.2, len(rows)).astype(float)
    failing = rng.random(len(rows)) < 1 / (1 + np.exp(-(12 * rows["volt_shift_24h"] - 26)))
    for target in columns.targets:
        rows[label(target)] = (failing if target in ("any", "comp1") else np.zeros(len(rows))) * 1.0
    return rows


@pytest.fixture(scope="session")
def nightly(mart: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    return mart[mart["as_of"].dt.hour == settings.fleet.scoring_hour]


@pytest.fixture(scope="session")
def recipe(settings: Settings) -> Recipe:
    return recipe_of(settings)


@pytest.fixture(scope="session")
def split(recipe: Recipe) -> TimeSplit:
    return time_split(KNOWN, recipe)


@pytest.fixture(scope="session")
def trained(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> Trained:
    return train(mart, nightly, columns, recipe, split)


@pytest.fixture(autouse=True)
def no_workspace_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NIGHTSHIFT_HOME", "NIGHTSHIFT_DROPS", "NIGHTSHIFT_TARGET", "NIGHTSHIFT_WEBHOOK", "DBT_PROJECT_DIR",
                 "DBT_TARGET_PATH", "DBT_LOG_PATH", "NIGHTSHIFT_SERVICES", "NIGHTSHIFT_METRICS",
                 "NIGHTSHIFT_DAGSTER_DB", "NIGHTSHIFT_MLFLOW_DB",
                 "NIGHTSHIFT_MLFLOW_FILES", "NIGHTSHIFT_MIRROR"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
