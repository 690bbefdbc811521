"""What these data can carry: the failures that would train and judge, by the rules of training itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import numpy as np
import pandas as pd

from intake.profile import Profile
from ml.mart.nights import label_delay
from ml.metrics.bootstrap import CONFIDENCE, average_precisions, interval, machine_weights
from ml.training.recipe import Recipe
from ml.training.shortage import MIN_FAILURES, Lack, failures_in, lack_of
from ml.training.shrinking import fitting_recipe
from ml.training.time_split import TimeSplit, time_split, within
from settings import Fleet, Settings
from warehouse.connection import Connection

_SKILL = 2.0  # standard deviations that a failing night stands above a quiet one: ranked above 9 of 10
_MOST_MACHINES = 400
_LEAST_MACHINES = 2  # that fail in the held-out nights: draws of one machine tell nothing
_DRAWS = 200


@dataclass(frozen=True)
class Carries:
    """What training would take of the failures, and what is lacking.

    split: as training would lay it, with fewer folds and nights where it must; None where no time is known. training:
    failures before the held-out nights, of which `folds` are within the folds; judged: those in the held-out nights.
    lack: what is too little to learn from. precision: the interval of the average precision that a model of some skill
    would get. advice: what to change.
    """

    failures: int
    needed: int
    split: TimeSplit | None = None
    training: int = 0
    folds: int = 0
    judged: int = 0
    judged_machines: int = 0
    lack: Lack | None = None
    precision: tuple[float, float] | None = None
    needed_days: float = 0
    advice: tuple[str, ...] = ()

    @property
    def trains(self) -> bool:
        """Whether a model can be trained."""
        return self.split is not None and self.lack is None


def carries(con: Connection, profile: Profile, fleet: Fleet, settings: Settings) -> Carries:
    """Lay the split of training over the readings, and count the failures in it as training does."""
    found = con.execute(
        """select distinct machineID, datetime from raw_failures where machineID in (select machineID from
        raw_telemetry)
        order by 2, 1"""
    ).fetchall()
    workspace = settings.workspace
    asked = Recipe(workspace.training, workspace.evaluation, workspace.economics, fleet)
    if profile.first is None or profile.last is None:
        return Carries(len(found), MIN_FAILURES)
    rows, step = failing_rows(found, profile.first, profile.last, fleet), timedelta(hours=fleet.snapshot_every_hours)
    recipe, shrunk = fitting_recipe(asked, profile.last, rows)
    split, horizon = time_split(profile.last, recipe), timedelta(hours=fleet.horizon_hours)
    moments = [(machine, at) for machine, at in found if at > profile.first]
    judged = _within(moments, split.holdout_start, split.holdout_end + horizon)
    carried = Carries(
        failures=len(found),
        needed=MIN_FAILURES,
        split=split,
        training=failures_in(within(rows, split.train_start, split.train_end), step),
        folds=failures_in(within(rows, split.folds[0].start, split.folds[-1].end), step),
        judged=len(judged),
        judged_machines=len({machine for machine, _ in judged}),
        lack=lack_of(rows, split, step),
        precision=_precision(judged, profile.machines, split, horizon, recipe),
        needed_days=(profile.last - split.folds[0].start) / timedelta(days=1) + fleet.baseline_hours / 24,
    )
    told = [shrunk] if shrunk else []
    told += _advice(carried, profile, fleet)
    return replace(carried, advice=tuple(map(settings.placed, told)))


def failing_rows(
    failures: Sequence[tuple[str, datetime]], first: datetime, last: datetime, fleet: Fleet
) -> pd.DataFrame:
    """machine_id and as_of of the rows that the mart will have before these failures, the mature ones among them."""
    step, mature = timedelta(hours=fleet.snapshot_every_hours), last - label_delay(fleet)
    begin = datetime.combine(first.date(), time()) + timedelta(hours=fleet.scoring_hour) - timedelta(days=1)
    rows = []
    for machine, at in failures:
        as_of = begin + (-((begin - at) // step) - 1) * step  # the last snapshot before it
        while as_of >= at - timedelta(hours=fleet.horizon_hours):
            if first <= as_of <= mature:
                rows.append((machine, as_of))
            as_of -= step
    frame = pd.DataFrame(rows, columns=["machine_id", "as_of"]).drop_duplicates()
    return frame.astype({"as_of": "datetime64[us]"})


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
    if found.lack is not None:
        lack = f"{found.lack.span} {found.lack.found}, and {found.lack.needed} are needed"
        out.append(
            f"{lack[0].upper()}{lack[1:]}: until then mornings are told by distance from normal, and the night after "
            "the last of them trains."
        )
        if profile.days < found.needed_days:
            out.append(
                f"The readings span {profile.days:,.0f} days, and baseline, folds and held-out nights take "
                f"{found.needed_days:,.0f}: land a longer history, or lower training.folds, training.fold_nights and "
                "evaluation.holdout_nights under `settings` of its vars."
            )
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
