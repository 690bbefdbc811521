"""The whole evaluation: every contender in every scenario, on nights that none of them has learnt from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from ml.evaluation.contenders import Answer
from ml.evaluation.cost_sensitivity import cost_sensitivity
from ml.evaluation.decision import CHALLENGER, CHAMPION
from ml.evaluation.fold_scenarios import fold_scenarios
from ml.evaluation.horizon_scenarios import horizon_scenarios
from ml.evaluation.judged_mart import JudgedMart, judge, open_mart, refitted, rows_of, with_hist_boosting
from ml.evaluation.leaderboard import HeldOut, JudgedRows, board
from ml.evaluation.remaining_board import ask_life_rules, ask_windows, errors_by_life, held_lives, remaining_board
from ml.evaluation.scenarios import CONFIGURED, Scenario, rebuilt_marts, scenarios
from ml.mart.columns import MartColumns
from ml.mart.silence import is_silent
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.progress import CountedProgress, Counter, untold
from ml.training.recipe import Recipe, recipe_of
from ml.training.shortage import NothingToJudge
from settings import Fleet, Settings

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


Registered = tuple[Model, ModelVersion]
AS_CONFIGURED = ""  # the mart that is not rebuilt, among the others' names


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
    asked = [one for one in scenarios(recipe.fleet) if one.rebuilt is None or one.rebuilt in rebuilt]
    counter = Counter("marts and scenarios judged", 1 + len(rebuilt) + len(asked) + recipe.training.folds, progress)
    marts = _marts(recipe, rebuilt, other_warehouses, contenders, settings, counter)
    default = marts[AS_CONFIGURED]
    judged, unjudged = _judge_each(asked, marts, contenders, counter)
    judged |= {} if default.held_out.further is None else horizon_scenarios(judged, default.held_out.further)
    folds = fold_scenarios(
        tuning, champion.card.threshold, default.data, default.held_out.failures, default.recipe, default.counts
    )
    judged |= folds
    table = _table(judged, folds, counter)
    versions = {CHAMPION: version.version, CHALLENGER: challenger[1].version if challenger else None}
    table.insert(2, "model_version", table["contender"].map(versions))
    held_out, answers = judged[CONFIGURED]
    remaining, errors = _remaining(default, contenders)
    return EvaluationResult(
        champion,
        version,
        default.data.columns,
        table,
        cost_sensitivity(tuning, held_out, answers[CHAMPION]),
        judged,
        folds=tuple(folds),
        notes=(*(mart.note for mart in marts.values() if mart.note), *unjudged),
        remaining=remaining,
        remaining_errors=errors,
    )


def _marts(
    recipe: Recipe,
    rebuilt: Mapping[str, Fleet],
    warehouses: Mapping[str, Path],
    contenders: Mapping[str, Model],
    settings: Settings,
    counter: Counter,
) -> dict[str, JudgedMart]:
    """The mart as configured and the rebuilt ones, with what is fitted there. Raises NothingToJudge."""
    workspace = settings.workspace
    default = open_mart(recipe, settings.paths.warehouse, workspace, contenders, recipe.fleet.further_horizons)
    if not len(default.held_out.nightly):
        raise NothingToJudge(NO_OUTCOME.format(since=max(model.cutoff for model in contenders.values())))
    marts = {AS_CONFIGURED: with_hist_boosting(default)}
    counter.one_more()
    for name, fleet in rebuilt.items():
        marts[name] = refitted(open_mart(replace(recipe, fleet=fleet), warehouses[name], workspace, contenders))
        counter.one_more()
    return marts


def _judge_each(
    asked: Sequence[Scenario], marts: Mapping[str, JudgedMart], contenders: Mapping[str, Model], counter: Counter
) -> tuple[dict[str, JudgedRows], list[str]]:
    """Each scenario's rows and answers, and a sentence for each that has no rows."""
    judged: dict[str, JudgedRows] = {}
    unjudged = []
    for scenario in asked:
        mart = marts[scenario.rebuilt or AS_CONFIGURED]
        if len(rows_of(scenario, mart)):
            judged[scenario.name] = judge(scenario, mart, contenders)
        else:
            unjudged.append(UNJUDGED.format(scenario=scenario.name))
        counter.one_more()
    return judged, unjudged


def _table(judged: Mapping[str, JudgedRows], folds: Mapping[str, JudgedRows], counter: Counter) -> pd.DataFrame:
    """The leaderboard of all that was judged; each of the `folds` counts once it is on it."""
    boards = []
    for name, found in judged.items():
        boards.append(board(*found))
        if name in folds:
            counter.one_more()
    return pd.concat(boards, ignore_index=True)


def _remaining(mart: JudgedMart, contenders: Mapping[str, Model]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Models and naive rules on when machines fail, on the nights as configured; empty where none can be judged."""
    rows, data = mart.held_out.nightly, mart.data
    held = held_lives(rows[~is_silent(rows, mart.counts)], mart.held_out.labels_known_by, mart.recipe)
    asked = {name: model for name, model in contenders.items() if model.remaining is not None}
    if held is None or not asked:
        return pd.DataFrame(), pd.DataFrame()
    answers = {name: ask_windows(model, held) for name, model in asked.items()}
    answers |= ask_life_rules(data.sample, held, data.split.holdout_start, mart.recipe)
    return remaining_board(held, answers), errors_by_life(held, answers)
