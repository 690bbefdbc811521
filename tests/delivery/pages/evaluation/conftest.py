"""A small model and what was judged of it."""

from dataclasses import replace

import pandas as pd
import pytest
from catboost import CatBoost, Pool

from ml.evaluation.evaluate import EvaluationResult
from ml.evaluation.leaderboard import HeldOut
from ml.evaluation.scenarios import CONFIGURED, GRID
from ml.mart.columns import ANY, MartColumns, label, model_inputs
from ml.models.calibration import Calibrator
from ml.models.model import Model, ModelCard
from ml.training.recipe import recipe_of
from settings import Settings
from tests.delivery.pages.evaluation.judged_kit import CUT, HELD_OUT_FROM, judged_as


@pytest.fixture(scope="module")
def champion(mart: pd.DataFrame, columns: MartColumns) -> Model:
    """Two boosters of a few trees on the days before the held-out ones; the other components are never learnt."""
    before = mart[mart["as_of"] < HELD_OUT_FROM]
    pool_of = model_inputs(before, columns.features, columns.categorical)
    boosters = {}
    for target in (ANY, "comp1"):
        pool = Pool(pool_of, label=before[label(target)], cat_features=list(columns.categorical))
        options = {"iterations": 20, "depth": 3, "learning_rate": 0.3, "random_seed": 1, "thread_count": 1}
        boosters[target] = CatBoost(
            {**options, "loss_function": "Logloss", "verbose": False, "allow_writing_files": False}
        ).fit(pool)
    never = Calibrator(0.0, -8.0)
    card = ModelCard(
        features=columns.features, categorical=columns.categorical, targets=columns.targets, learned=(ANY, "comp1"),
        calibrators={target: Calibrator() if target in boosters else never for target in columns.targets},
        threshold=0.0625, prevalence=0.015, horizon_hours=24, trained_from="2025-01-01 00:00:00",
        trained_until="2025-02-09 06:00:00", cutoff="2025-02-10 00:00:00",
    )  # fmt: skip
    return Model(boosters, card)


@pytest.fixture(scope="module")
def grid(mart: pd.DataFrame, settings: Settings) -> HeldOut:
    """The last 20 days; a machine fails 9 h after each failing row of the scoring hour, and logs an error before."""
    rows = mart[mart["as_of"] >= HELD_OUT_FROM].reset_index(drop=True)
    rows["errors_count_24h"] = rows["fails_any"] + (rows["errors_count_24h"] > 1)
    failing = rows[(rows["fails_comp1"] == 1) & (rows["as_of"].dt.hour == settings.fleet.scoring_hour)]
    failures = failing[["machine_id"]].assign(component="comp1", failed_at=failing["as_of"] + pd.Timedelta(hours=9))
    assert len(failures) > 3
    return HeldOut(GRID, rows, failures.reset_index(drop=True), recipe_of(settings))


@pytest.fixture(scope="module")
def nightly(grid: HeldOut, settings: Settings) -> HeldOut:
    rows = grid.rows[grid.rows["as_of"].dt.hour == settings.fleet.scoring_hour]
    return replace(grid, scenario=CONFIGURED, rows=rows)


@pytest.fixture(scope="module")
def evaluation(champion: Model, grid: HeldOut, nightly: HeldOut, columns: MartColumns) -> EvaluationResult:
    dark = replace(nightly, scenario=CUT, rows=nightly.rows.assign(errors_count_24h=0.0))
    return judged_as(champion, columns, [nightly, grid, dark])
