"""What these data can carry: the failures that would train and judge, by the rules of training itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from intake.profile import Profile
from ml.mart.nights import label_delay
from ml.metrics.bootstrap import CONFIDENCE, average_precisions, interval, machine_weights
from ml.training.recipe import Recipe
from ml.training.shortage import MIN_FAILURES
from ml.training.time_split import TimeSplit, time_split
from settings import Fleet, Settings
from warehouse.connection import Connection

_SKILL = 2.0  # standard deviations that a failing night stands above a quiet one: ranked above 9 of 10
_MOST_MACHINES = 400
_LEAST_MACHINES = 2  # that fail in the held-out nights: draws of one machine tell nothing
_DRAWS = 200


@dataclass(frozen=True)
class Carries:
    """Failures by the part of the split that they fall in, and whether each part has enough.

    split: None where no time is known. training, folds, judged: failures before the folds, in them, and in the held-out
    nights. precision: the interval of the average precision that a model of some skill would get. advice: what to
    change.
    """

    failures: int
    needed: int
    split: TimeSplit | None = None
    training: int = 0
    folds: int = 0
    judged: int = 0
    judged_machines: int = 0
    precision: tuple[float, float] | None = None
    needed_days: float = 0
    advice: tuple[str, ...] = ()

    @property
    def trains(self) -> bool:
        """Whether a model can be trained."""
        return self.split is not None and self.training >= self.needed and self.folds >= 1


def carries(con: Connection, profile: Profile, fleet: Fleet, settings: Settings) -> Carries:
    """Lay the split of training over the readings, and count the failures in it."""
    found = con.execute(
        """select distinct machineID, datetime from raw_failures where machineID in (select machineID from
        raw_telemetry)
        order by 2, 1"""
    ).fetchall()
    workspace = settings.workspace
    recipe = Recipe(workspace.training, workspace.evaluation, workspace.economics, fleet)
    if profile.first is None or profile.last is None:
        return Carries(len(found), MIN_FAILURES)
    split = time_split(profile.last, recipe)
    horizon = timedelta(hours=fleet.horizon_hours)
    begins = profile.first
    moments = [(machine, at) for machine, at in found if at > begins]
    folds = [(split.folds[0].start, split.folds[-1].end + horizon)]
    training = _within(moments, max(begins, split.train_start), split.folds[0].start)
    judged = _within(moments, split.holdout_start, split.holdout_end + horizon)
    tuned = _within(moments, *folds[0])
    needed_days = (profile.last - split.folds[0].start) / timedelta(days=1) + fleet.baseline_hours / 24
    carried = Carries(
        failures=len(found),
        needed=MIN_FAILURES,
        split=split,
        training=len(training),
        folds=len(tuned),
        judged=len(judged),
        judged_machines=len({machine for machine, _ in judged}),
        precision=_precision(judged, profile.machines, split, horizon, recipe),
        needed_days=needed_days,
    )
    return Carries(**{**carried.__dict__, "advice": tuple(_advice(carried, profile, fleet))})


def _within(moments: Sequence[tuple[str, datetime]], start: datetime, end: datetime) -> list[tuple[str, datetime]]:
    return [one for one in moments if start < one[1] <= end]


def _precision(
    judged: Sequence[tuple[str, datetime]], machines: int, split: TimeSplit, horizon: timedelta, recipe: Recipe
) -> tuple[float, float] | None:
    """The interval of the average precision on the held-out nights, of scores of some skill.

    The labels are those of the failures; only the scores are drawn. Of very many machines those without a failure are
    thinned out, and weigh accordingly.
    """
    if len({machine for machine, _ in judged}) < _LEAST_MACHINES:
        return None
    nights = [split.holdout_end - timedelta(days=back) for back in range(recipe.evaluation.holdout_nights)]
    failing = sorted({machine for machine, _ in judged})
    quiet = max(machines - len(failing), 0)
    kept = min(quiet, _MOST_MACHINES)
    names = [*failing, *(f"quiet {place}" for place in range(kept))]
    failed = {name: [at for machine, at in judged if machine == name] for name in failing}
    labels = np.array([
        float(any(night < at <= night + horizon for at in failed.get(name, ()))) for name in names for night in nights
    ])  # fmt: skip
    if not labels.any():
        return None
    owners = pd.Series([name for name in names for _ in nights])
    weights = machine_weights(owners, _DRAWS, recipe.training.seed)
    if kept:
        weights[len(failing) * len(nights) :] *= quiet / kept
    scores = np.random.default_rng(recipe.training.seed).normal(size=len(labels)) + _SKILL * labels
    low, high = interval(average_precisions(labels, scores, weights), CONFIDENCE)
    return None if math.isnan(low) else (low, high)


def _advice(found: Carries, profile: Profile, fleet: Fleet) -> list[str]:
    out = []
    if not found.failures:
        return [
            "No failure of a machine with readings is among these files, so no model can be trained or judged: "
            "mornings are told by each machine's distance from its own normal. Land the failures as soon as there are "
            "some."
        ]
    if profile.days < found.needed_days:
        delay = label_delay(fleet) / timedelta(days=1)
        out.append(
            f"The readings span {profile.days:,.0f} days, and baseline, folds, held-out nights and two horizons of "
            f"{delay:,.1f} days each take {found.needed_days:,.0f}: land a longer history, or lower training.folds, "
            "training.fold_nights and evaluation.holdout_nights under `settings` of its vars."
        )
    if found.training < found.needed:
        out.append(
            f"{found.training:,} failure{'s fall' if found.training != 1 else ' falls'} before the folds and "
            f"{found.needed} are needed: until then mornings are told by distance from normal. Shorter folds or fewer "
            "held-out nights (`settings` of its vars), or a longer history, leave more to learn from."
        )
    elif not found.folds:
        out.append("No failure falls in the folds, which choose features and threshold: lengthen training.fold_nights.")
    if found.judged < found.needed:
        out.append(
            f"{found.judged:,} failure{'s fall' if found.judged != 1 else ' falls'} in the held-out nights: a "
            "judgement on "
            "them says next to nothing. Raise evaluation.holdout_nights, if that leaves enough to learn from."
        )
    elif found.precision and found.precision[1] - found.precision[0] > 0.3:
        low, high = found.precision
        out.append(
            f"The interval of the average precision is wide, {low:.2f} to {high:.2f}: two models have to differ much "
            "before it shows. More failures to judge on narrow it."
        )
    if fleet.horizon_hours * 3600 < 2 * profile.step_seconds:
        out.append("The horizon is shorter than two steps of the readings: make horizon_hours longer.")
    return out
