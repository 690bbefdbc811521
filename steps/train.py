"""Training as a step: load, train, register, judge at the gate, promote or refuse."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from delivery.pages.model_card import render_model_card
from ml.evaluation.contenders import ask_model, ask_rules
from ml.evaluation.decision import CHALLENGER, CHAMPION, REFERENCE, Decision
from ml.evaluation.evaluate import Registered
from ml.evaluation.gate import decide
from ml.evaluation.leaderboard import HeldOut
from ml.evaluation.leakage import leak_check
from ml.evaluation.remaining_board import ask_windows, held_lives, remaining_board, window_lie
from ml.evaluation.scenarios import CONFIGURED
from ml.mart.load import load_failing
from ml.mart.nights import labels_known_until
from ml.mart.silence import is_silent, reading_counts
from ml.models.compatibility import misfits
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.progress import CountedProgress, untold
from ml.registry.registry import registry
from ml.registry.run_log import ASKED_FOR, TrainingRun
from ml.training.data import HeldOutData, TrainingData, load_held_out, load_training_data
from ml.training.recipe import recipe_of
from ml.training.shortage import NotEnoughHistory
from ml.training.shrinking import fitting_recipe
from ml.training.time_split import time_split
from ml.training.train import Trained, TrainingCosts, train
from settings import Settings
from steps.clock import utc_now
from steps.failure_facts import failure_facts
from steps.measure import measured
from steps.sampling import sampler_of
from warehouse.connection import open_warehouse
from warehouse.tables import replace_rows


@dataclass(frozen=True)
class TrainingOutcome:
    """What became of a training. `trained`, `costs` and `decision` are None where these rows were trained on before."""

    version: ModelVersion
    verdict: str
    champion: ModelVersion
    trained: Trained | None = None
    costs: TrainingCosts | None = None
    decision: Decision | None = None


def train_challenger(
    settings: Settings,
    known_until: datetime | None = None,
    trigger: str = ASKED_FOR,
    progress: CountedProgress = untold,
) -> TrainingOutcome:
    """Train on what was known at `known_until` (default: all that has landed) and let the gate decide.

    `trigger` is what called for it: stored with the model, and in the `promotions` table.

    The same rows and settings would give the same model: then nothing is trained and the earlier verdict stands.
    Interrupted anywhere, the next call ends as if nothing had happened. Raises NotEnoughHistory with what landed.
    """
    models, recipe = registry(settings), recipe_of(settings)
    models.aliases.finish_promotion()
    models.runs.close_interrupted()
    champion = models.find_champion()
    reference = models.find_reference(champion[1]) if champion else None
    rivals = {name: found for name, found in ((CHAMPION, champion), (REFERENCE, reference)) if found}
    with sampler_of(settings) as sampler, open_warehouse(settings, read_only=True) as con:
        known = min(known_until or datetime.max, labels_known_until(con, recipe.fleet))
        recipe, shrunk = fitting_recipe(recipe, known, load_failing(con, known))
        split = time_split(known, recipe)
        data = load_training_data(con, split, recipe, sampler, horizons=recipe.fleet.further_horizons)
        cutoff = max([split.holdout_start, *(model.cutoff for model, _ in rivals.values())])
        held_out = load_held_out(con, cutoff, split.holdout_end, recipe.fleet)
    before = models.decisions.known_version(data.fingerprint(recipe)) if champion else None
    if champion and before:
        publish_promotions(settings)
        return TrainingOutcome(before[0], before[1], champion[1])
    try:
        work = partial(train, data.sample, data.nightly, data.columns, recipe, split, progress, data.further)
        trained, costs = measured(work)
    except NotEnoughHistory as short:
        raise _explained(short, settings) from None
    decision = _at_the_gate(trained, rivals, data, held_out, settings)
    decision = replace(decision, reason=f"{decision.reason} {shrunk}".rstrip())
    card = render_model_card(trained, costs, decision, recipe)
    version = models.register(TrainingRun(trained, recipe, costs, decision, card, trigger))
    models.record(version, decision, utc_now())
    publish_promotions(settings)
    scoring = version if decision.promoted or champion is None else champion[1]
    return TrainingOutcome(version, decision.reason, scoring, trained, costs, decision)


def _explained(short: NotEnoughHistory, settings: Settings) -> NotEnoughHistory:
    """The same with what has landed, and where the settings stand that it names."""
    with open_warehouse(settings, read_only=True) as con:
        explained = short.explained(failure_facts(con, settings.fleet))
    explained.args = (settings.placed(str(explained)),)
    return explained


def publish_promotions(settings: Settings) -> int:
    """Write the gate's decisions, as MLflow keeps them, into `ml.promotions`; returns how many there are."""
    decisions = registry(settings).decisions.promotions()
    with open_warehouse(settings) as con:
        return replace_rows(con, "ml.promotions", decisions)


def roll_back(settings: Settings) -> tuple[ModelVersion, ModelVersion]:
    """Make the earlier champion champion again; returns (restored, removed). Raises NoChampion where there is none."""
    restored, removed = registry(settings).aliases.rollback(utc_now())
    publish_promotions(settings)
    return restored, removed


def _at_the_gate(
    trained: Trained, rivals: Mapping[str, Registered], data: TrainingData, held_out: HeldOutData, settings: Settings
) -> Decision:
    """Held-out rows answered as a night answers them: by every model that this mart's columns can ask, and the rules.

    A reference that cannot be asked any more leaves its place to the champion.
    """
    rows, recipe, workspace = held_out.nightly, recipe_of(settings), settings.workspace
    askable = {name: found for name, found in rivals.items() if not misfits(found[0].card, rows.columns, recipe.fleet)}
    silent = is_silent(rows, reading_counts(recipe.fleet, workspace.scoring))
    models = {CHALLENGER: trained.model, **{name: model for name, (model, _) in askable.items()}}
    answers = {name: ask_model(model, rows).silenced(silent) for name, model in models.items()}
    answers |= ask_rules(rows, data.nightly, data.split, recipe.fleet, recipe.economics)
    leaks = leak_check(rows, data.nightly, trained.model.card.features, workspace.promotion.leak_average_precision)
    judged = HeldOut(CONFIGURED, rows, held_out.failures, recipe)
    reference = askable.get(REFERENCE) or askable.get(CHAMPION)
    lie, figures = _windows_judged(trained.model, held_out, silent, settings)
    decision = decide(judged, answers, leaks, workspace.promotion, first=not rivals,
                      reference=reference[1].version if reference else None, lie=lie)  # fmt: skip
    own = {**decision.figures[CHALLENGER], **figures}
    return replace(decision, figures={**decision.figures, CHALLENGER: own})


def _windows_judged(
    model: Model, held_out: HeldOutData, silent: NDArray[np.bool_], settings: Settings
) -> tuple[str, dict[str, float]]:
    """What is to be said against the model's windows of remaining time on these nights, and what they came to."""
    recipe, stated = recipe_of(settings), settings.workspace.training.remaining_coverage
    held = held_lives(held_out.nightly[~silent], held_out.labels_known_by, recipe)
    if model.remaining is None or held is None:
        return "", {}
    answer = ask_windows(model, held)
    [board] = remaining_board(held, {CHALLENGER: answer}).to_dict("records")
    told = {name: float(board[name]) for name in ("coverage", "width", "concordance", "rmse")}
    kept = {f"remaining_{name}": value for name, value in told.items() if isfinite(value)}
    return window_lie(held, answer, stated, settings.workspace.promotion, recipe), kept
