"""The whole evaluation: every contender in every scenario, on nights that none of them has learnt from."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ml.evaluation.contenders import Answer, ask_model, ask_rules
from ml.evaluation.cost_sensitivity import cost_sensitivity
from ml.evaluation.fold_scenarios import fold_scenarios
from ml.evaluation.gate import CHALLENGER, CHAMPION
from ml.evaluation.leaderboard import HeldOut, board
from ml.evaluation.logistic import LOGISTIC, Logistic, ask_logistic, fit_logistic
from ml.evaluation.scenarios import CONFIGURED, REFITTED, Scenario, rebuilt_marts, scenarios
from ml.mart.columns import ANY, MartColumns
from ml.mart.nights import fleet_clock, label_delay
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.training.data import HeldOutData, TrainingData, load_held_out, load_training_data
from ml.training.time_split import NotEnoughHistory, split_before
from ml.training.train import train
from settings import Settings
from warehouse.connection import connect


@dataclass(frozen=True)
class EvaluationResult:
    """Everything the report shows.

    `judged`: scenario to its held-out rows and every contender's answer there, the rolling folds last; `folds` are
    their names.
    """

    champion: Model
    version: ModelVersion
    columns: MartColumns
    table: pd.DataFrame
    sensitivity: pd.DataFrame
    judged: Mapping[str, tuple[HeldOut, Mapping[str, Answer]]]
    folds: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Mart:
    """One mart's rows before and after the cutoff, and what is refitted there."""

    settings: Settings
    data: TrainingData
    held_out: HeldOutData
    refitted: Model | None
    logistic: Logistic


Registered = tuple[Model, ModelVersion]


def evaluate(
    champion_of: Registered,
    challenger: Registered | None,
    tuning: pd.DataFrame,
    other_warehouses: Mapping[str, Path],
    settings: Settings,
) -> EvaluationResult:
    """Judge champion, challenger, rules and a logistic regression. `other_warehouses`: rebuilt mart to its file.

    `tuning`: the folds' nights on which the champion chose its threshold (machine_id, as_of, failed, probability).
    The champion stands as it is in every scenario; where the mart was built otherwise, its recipe is refitted too.
    Scenarios whose warehouse is not given are left out.
    """
    champion, version = champion_of
    contenders = {CHAMPION: champion} | ({CHALLENGER: challenger[0]} if challenger else {})
    house = _load(settings, settings.paths.warehouse, contenders, refit=False)
    others = {name: _load(other, other_warehouses[name], contenders, refit=True)
              for name, other in rebuilt_marts(settings).items() if name in other_warehouses}  # fmt: skip
    judged = {}
    for scenario in scenarios(settings):
        mart = house if scenario.rebuilt is None else others.get(scenario.rebuilt)
        if mart is not None:
            judged[scenario.name] = _judge(scenario, mart, contenders)
    folds = fold_scenarios(tuning, champion.card.threshold, house.data, house.held_out.failures, settings)
    judged |= folds
    table = pd.concat([board(*found) for found in judged.values()], ignore_index=True)
    versions = {CHAMPION: version.version, CHALLENGER: challenger[1].version if challenger else None}
    table.insert(2, "model_version", table["contender"].map(versions))
    held_out, answers = judged[CONFIGURED]
    sensitivity = cost_sensitivity(tuning, held_out, answers[CHAMPION])
    return EvaluationResult(champion, version, house.data.columns, table, sensitivity, judged, tuple(folds))


def _load(settings: Settings, warehouse: Path, contenders: Mapping[str, Model], refit: bool) -> _Mart:
    cutoff = max(model.cutoff for model in contenders.values())
    with connect(warehouse, True, settings.workspace.warehouse.wait_seconds) as con:
        until = fleet_clock(con).known_until - label_delay(settings)
        split = split_before(cutoff, until, settings)
        data = load_training_data(con, split, settings)
        held_out = load_held_out(con, cutoff, until, settings)
    refitted = _refit(data, settings) if refit else None
    logistic = fit_logistic(data.sample, data.nightly, data.columns, split, settings)
    return _Mart(settings, data, held_out, refitted, logistic)


def _refit(data: TrainingData, settings: Settings) -> Model | None:
    """The recipe for any failure alone and with a single fold, the last: a tenth of the cost of a whole training.

    None where that mart holds too few failures to learn from: its scenario then shows the others alone.
    """
    workspace = settings.workspace
    short = workspace.model_copy(update={"training": workspace.training.model_copy(update={"folds": 1})})
    once = settings.model_copy(update={"workspace": short})
    split = split_before(data.split.holdout_start, data.split.holdout_end, once)
    try:
        return train(data.sample, data.nightly, replace(data.columns, targets=(ANY,)), once, split).model
    except NotEnoughHistory as error:
        logging.getLogger(__name__).warning("The recipe is not refitted on one mart: %s", error)
        return None


def _judge(scenario: Scenario, mart: _Mart, contenders: Mapping[str, Model]) -> tuple[HeldOut, dict[str, Answer]]:
    rows = mart.held_out.nightly if scenario.nightly else mart.held_out.grid
    if scenario.blank is not None:
        rows = scenario.blank(rows, mart.settings.fleet)
    answers = {name: ask_model(model, rows) for name, model in contenders.items()}
    if mart.refitted is not None:
        answers[REFITTED] = ask_model(mart.refitted, rows)
    data = mart.data
    answers |= ask_rules(rows, data.nightly, data.split, mart.settings)
    answers[LOGISTIC] = ask_logistic(mart.logistic, rows)
    return HeldOut(scenario.name, rows, mart.held_out.failures, mart.settings), answers
