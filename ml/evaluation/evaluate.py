"""The whole evaluation: every contender in every scenario, on nights that none of them has learnt from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from ml.evaluation.contenders import Answer, ask_model, ask_rules
from ml.evaluation.cost_sensitivity import cost_sensitivity
from ml.evaluation.decision import CHALLENGER, CHAMPION
from ml.evaluation.fold_scenarios import fold_scenarios
from ml.evaluation.hist_boosting import HIST_BOOSTING, HistBoosting, ask_hist_boosting, fit_hist_boosting
from ml.evaluation.horizon_scenarios import horizon_scenarios
from ml.evaluation.leaderboard import HeldOut, JudgedRows, board
from ml.evaluation.logistic import LOGISTIC, Logistic, ask_logistic, fit_logistic
from ml.evaluation.remaining_board import ask_life_rules, ask_windows, errors_by_life, held_lives, remaining_board
from ml.evaluation.scenarios import CONFIGURED, GRID, REFITTED, Scenario, rebuilt_marts, scenarios
from ml.mart.columns import ANY, MartColumns
from ml.mart.nights import label_delay, labels_known_until
from ml.mart.silence import is_silent, reading_counts
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.progress import CountedProgress, Counter, untold
from ml.training.data import HeldOutData, TrainingData, load_held_out, load_training_data
from ml.training.recipe import Recipe, recipe_of
from ml.training.shortage import NotEnoughHistory, NothingToJudge
from ml.training.time_split import split_before
from ml.training.train import train
from settings import Settings, Workspace
from warehouse.connection import connect

NO_OUTCOME = (
    "No night since {since} has a known outcome yet, so nothing can be judged: evaluate again once it is known which "
    "machines failed within the horizon of a night after that."
)
UNJUDGED = "{scenario} is not judged: no held-out night has an outcome that is known there."


@dataclass(frozen=True)
class EvaluationResult:
    """Everything the report shows.

    `judged`: scenario to its held-out rows and every contender's answer there, further horizons and the rolling folds
    last; `folds` are their names. `notes`: what could not be judged and why, a sentence each.
    `remaining`: `remaining_board` as configured, `remaining_errors` the error by remaining life; empty where no end is
    known.
    """

    champion: Model
    version: ModelVersion
    columns: MartColumns
    table: pd.DataFrame
    sensitivity: pd.DataFrame
    judged: Mapping[str, tuple[HeldOut, Mapping[str, Answer]]]
    folds: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remaining: pd.DataFrame = field(default_factory=pd.DataFrame)
    remaining_errors: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class _Mart:
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


Registered = tuple[Model, ModelVersion]


def evaluate(
    champion_of: Registered,
    challenger: Registered | None,
    tuning: pd.DataFrame,
    other_warehouses: Mapping[str, Path],
    settings: Settings,
    progress: CountedProgress = untold,
) -> EvaluationResult:
    """Judge champion, challenger, rules, a logistic regression and another library's trees.

    `other_warehouses`: rebuilt mart to its file.

    `tuning`: the folds' nights on which the champion chose its threshold (machine_id, as_of, failed, probability).
    The champion stands as it is in every scenario; where the mart was built otherwise, its recipe is refitted too.
    Scenarios whose warehouse is not given are left out, and with a note those without a row to judge on. Raises
    NothingToJudge where the nights as configured are among these.
    """
    champion, version = champion_of
    contenders = {CHAMPION: champion} | ({CHALLENGER: challenger[0]} if challenger else {})
    recipe = recipe_of(settings)
    rebuilt = {name: fleet for name, fleet in rebuilt_marts(recipe.fleet).items() if name in other_warehouses}
    asked = [
        scenario for scenario in scenarios(recipe.fleet) if scenario.rebuilt is None or scenario.rebuilt in rebuilt
    ]
    counter = Counter("marts and scenarios judged", 1 + len(rebuilt) + len(asked) + recipe.training.folds, progress)
    horizons = recipe.fleet.further_horizons
    default = _load(recipe, settings.paths.warehouse, settings.workspace, contenders, horizons)
    if not len(default.held_out.nightly):
        raise NothingToJudge(NO_OUTCOME.format(since=max(model.cutoff for model in contenders.values())))
    default = _with_hist_boosting(default)
    counter.one_more()
    others = {}
    for name, fleet in rebuilt.items():
        mart = _load(replace(recipe, fleet=fleet), other_warehouses[name], settings.workspace, contenders)
        others[name] = _refitted(mart)
        counter.one_more()
    judged: dict[str, JudgedRows] = {}
    boards, notes = [], [mart.note for mart in others.values() if mart.note]
    for scenario in asked:
        mart = default if scenario.rebuilt is None else others[scenario.rebuilt]
        if not len(_rows_of(scenario, mart)):
            notes.append(UNJUDGED.format(scenario=scenario.name))
            counter.one_more()
            continue
        judged[scenario.name] = _judge(scenario, mart, contenders)
        boards.append(board(*judged[scenario.name]))
        counter.one_more()
    farther = {} if default.held_out.further is None else horizon_scenarios(judged, default.held_out.further)
    boards += [board(*found) for found in farther.values()]
    judged |= farther
    folds = fold_scenarios(
        tuning, champion.card.threshold, default.data, default.held_out.failures, default.recipe, default.counts
    )
    for found in folds.values():
        boards.append(board(*found))
        counter.one_more()
    judged |= folds
    table = pd.concat(boards, ignore_index=True)
    versions = {CHAMPION: version.version, CHALLENGER: challenger[1].version if challenger else None}
    table.insert(2, "model_version", table["contender"].map(versions))
    held_out, answers = judged[CONFIGURED]
    sensitivity = cost_sensitivity(tuning, held_out, answers[CHAMPION])
    remaining, errors = _remaining(default, contenders)
    return EvaluationResult(
        champion,
        version,
        default.data.columns,
        table,
        sensitivity,
        judged,
        tuple(folds),
        tuple(notes),
        remaining,
        errors,
    )


def _remaining(mart: _Mart, contenders: Mapping[str, Model]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Models and naive rules on when machines fail, on the nights as configured; empty where none can be judged."""
    rows, data = mart.held_out.nightly, mart.data
    held = held_lives(rows[~is_silent(rows, mart.counts)], mart.held_out.labels_known_by, mart.recipe)
    asked = {name: model for name, model in contenders.items() if model.remaining is not None}
    if held is None or not asked:
        return pd.DataFrame(), pd.DataFrame()
    answers = {name: ask_windows(model, held) for name, model in asked.items()}
    answers |= ask_life_rules(data.sample, held, data.split.holdout_start, mart.recipe)
    return remaining_board(held, answers), errors_by_life(held, answers)


def _load(
    recipe: Recipe,
    warehouse: Path,
    workspace: Workspace,
    contenders: Mapping[str, Model],
    horizons: Sequence[int] = (),
) -> _Mart:
    cutoff = max(model.cutoff for model in contenders.values())
    with connect(warehouse, True, workspace.warehouse.wait_seconds) as con:
        until = labels_known_until(con, recipe.fleet) - label_delay(recipe.fleet)
        split = split_before(cutoff, until, recipe)
        data = load_training_data(con, split, recipe, features=contenders[CHAMPION].card.features)
        held_out = load_held_out(con, cutoff, until, recipe.fleet, horizons)
    logistic = fit_logistic(data.sample, data.nightly, data.columns, split, recipe.economics, recipe.training.seed)
    return _Mart(recipe, data, held_out, logistic, reading_counts(recipe.fleet, workspace.scoring))


def _with_hist_boosting(mart: _Mart) -> _Mart:
    data = mart.data
    return replace(
        mart, hist_boosting=fit_hist_boosting(data.sample, data.nightly, data.columns, data.split, mart.recipe)
    )


def _refitted(mart: _Mart) -> _Mart:
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


def _rows_of(scenario: Scenario, mart: _Mart) -> pd.DataFrame:
    return mart.held_out.nightly if scenario.nightly else mart.held_out.grid


def _judge(scenario: Scenario, mart: _Mart, contenders: Mapping[str, Model]) -> tuple[HeldOut, dict[str, Answer]]:
    rows = _rows_of(scenario, mart)
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
