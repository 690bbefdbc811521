"""A mart on which the evaluation judges: its rows before and after the cutoff, and what is fitted on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ml.evaluation.contenders import ask_model, ask_rules
from ml.evaluation.decision import CHAMPION
from ml.evaluation.hist_boosting import HIST_BOOSTING, HistBoosting, ask_hist_boosting, fit_hist_boosting
from ml.evaluation.leaderboard import HeldOut, JudgedRows
from ml.evaluation.logistic import LOGISTIC, Logistic, ask_logistic, fit_logistic
from ml.evaluation.scenarios import CONFIGURED, GRID, REFITTED, Scenario
from ml.mart.columns import ANY
from ml.mart.nights import label_delay, labels_known_until
from ml.mart.silence import is_silent, reading_counts
from ml.models.model import Model
from ml.training.data import HeldOutData, TrainingData, load_held_out, load_training_data
from ml.training.recipe import Recipe
from ml.training.shortage import NotEnoughHistory
from ml.training.time_split import split_before
from ml.training.train import train
from settings import Workspace
from warehouse.connection import connect


@dataclass(frozen=True)
class JudgedMart:
    """One mart's rows before and after the cutoff, and what is refitted there; `note` says why the recipe is not.

    `counts`: the columns without which a machine is silent.
    """

    recipe: Recipe
    data: TrainingData
    held_out: HeldOutData
    logistic: Logistic
    counts: Sequence[str]
    hist_boosting: HistBoosting | None = None
    refitted: Model | None = None
    note: str = ""


def open_mart(
    recipe: Recipe,
    warehouse: Path,
    workspace: Workspace,
    contenders: Mapping[str, Model],
    horizons: Sequence[int] = (),
) -> JudgedMart:
    """The mart of a warehouse on both sides of the contenders' latest cutoff, with a logistic regression fitted there.

    `horizons`: the further ones whose labels come along, hours. Raises as `load_training_data`.
    """
    cutoff = max(model.cutoff for model in contenders.values())
    with connect(warehouse, True, workspace.warehouse.wait_seconds) as con:
        until = labels_known_until(con, recipe.fleet) - label_delay(recipe.fleet)
        split = split_before(cutoff, until, recipe)
        data = load_training_data(con, split, recipe, features=contenders[CHAMPION].card.features)
        held_out = load_held_out(con, cutoff, until, recipe.fleet, horizons)
    logistic = fit_logistic(data.sample, data.nightly, data.columns, split, recipe.economics, recipe.training.seed)
    return JudgedMart(recipe, data, held_out, logistic, reading_counts(recipe.fleet, workspace.scoring))


def with_hist_boosting(mart: JudgedMart) -> JudgedMart:
    """The same with another library's trees fitted there."""
    data = mart.data
    return replace(
        mart, hist_boosting=fit_hist_boosting(data.sample, data.nightly, data.columns, data.split, mart.recipe)
    )


def refitted(mart: JudgedMart) -> JudgedMart:
    """The recipe on the champion's features, for any failure alone and with a single fold: a tenth of the whole cost.

    None, and a note, where that mart holds too few failures to learn from: its scenario then shows the others alone.
    """
    data = mart.data
    once = replace(mart.recipe, training=mart.recipe.training.model_copy(update={"folds": 1, "feature_sets": ()}))
    columns = replace(data.columns, targets=(ANY,))
    split = split_before(data.split.holdout_start, data.split.holdout_end, once)
    try:
        made = train(data.sample, data.nightly, columns, once, split)
    except NotEnoughHistory as error:
        return replace(mart, note=f"The recipe is not refitted on one mart: {error}")
    rival = fit_hist_boosting(data.sample, data.nightly, columns, split, once)
    return replace(mart, refitted=made.model, hist_boosting=rival)


def rows_of(scenario: Scenario, mart: JudgedMart) -> pd.DataFrame:
    """The held-out rows that the scenario asks of: its nights, or every snapshot."""
    return mart.held_out.nightly if scenario.nightly else mart.held_out.grid


def judge(scenario: Scenario, mart: JudgedMart, contenders: Mapping[str, Model]) -> JudgedRows:
    """The scenario's rows, and what every contender answers there; on silent rows no model answers."""
    rows = rows_of(scenario, mart)
    if scenario.blank is not None:
        rows = scenario.blank(rows, mart.recipe.fleet)
    ahead = scenario.name in (CONFIGURED, GRID)
    answers = {name: ask_model(model, rows, ahead=ahead) for name, model in contenders.items()}
    if mart.refitted is not None:
        answers[REFITTED] = ask_model(mart.refitted, rows)
    answers[LOGISTIC] = ask_logistic(mart.logistic, rows)
    if mart.hist_boosting is not None:
        answers[HIST_BOOSTING] = ask_hist_boosting(mart.hist_boosting, rows)
    # Every model answers as a night would. A rule needs no telemetry: that it still answers is its merit.
    silent = is_silent(rows, mart.counts)
    answers = {name: answer.silenced(silent) for name, answer in answers.items()}
    data, recipe = mart.data, mart.recipe
    answers |= ask_rules(rows, data.nightly, data.split, recipe.fleet, recipe.economics)
    return HeldOut(scenario.name, rows, mart.held_out.failures, recipe), answers
