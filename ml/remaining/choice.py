"""Which candidate answers when: the folds say, and from what came of their rows the windows are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ml.metrics.remaining_metrics import coverage, median_width, pinball, rmse
from ml.models.windows import HIGH_END, LOW_END, MEDIAN, LifeWindows, Stated
from ml.remaining.answers import LEAST_ENDS, Answers, windows_by_others
from ml.remaining.candidates import Candidate, levels
from ml.remaining.folds import InFolds, LifeFold, LifeLearner, SideBySide, mean_in_folds, singles
from ml.remaining.nights import widened_for_nights
from ml.wording import counted


@dataclass(frozen=True)
class LifeChoice:
    """What the folds chose: a candidate and its windows, or none, and why.

    `figures`: each candidate's, by name, as one booster a fold has them. `told`: those of the chosen one as the mean
    of its boosters, `answers`, of which the windows are made.
    """

    candidate: Candidate | None
    windows: LifeWindows | None
    reason: str
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    told: Mapping[str, float] = field(default_factory=dict)
    answers: Answers | None = None


def choose(folds: Sequence[LifeFold], learner: LifeLearner, side_by_side: SideBySide) -> LifeChoice:
    """Fit each candidate of the settings before each fold, ask it of the fold's rows, and take the best.

    By the pinball loss of low end, median and high end on settled rows, where the windows of a fold come from the other
    folds. The windows that are kept come from all of them.
    """
    return chosen(singles(folds, learner, side_by_side), folds, learner, side_by_side)


def chosen(
    tried: Mapping[str, InFolds], folds: Sequence[LifeFold], learner: LifeLearner, side_by_side: SideBySide
) -> LifeChoice:
    """The choice that `choose` makes among the `singles` of these folds."""
    ends = max((one.answers.failures for one in tried.values()), default=0)
    if ends < LEAST_ENDS:
        why = f"{counted(ends, 'failure')} within the folds can be timed, and {LEAST_ENDS} are needed"
        return LifeChoice(None, None, f"no remaining time is told: {why}")
    stated = Stated(learner.training.remaining_coverage, learner.fleet.remaining_step)
    figures = {kind: figures_of(one.answers, stated) for kind, one in tried.items()}
    best = min(figures, key=lambda kind: figures[kind]["pinball"])
    losses = ", ".join(f"{kind} {one['pinball']:.2f} h" for kind, one in figures.items())
    reason = f"{best} fits the folds best; pinball loss of low end, median and high end: {losses}"
    answers = mean_in_folds(tried[best], folds, learner, side_by_side)
    windows = replace(answers.windows(stated), widened=widened_for_nights(answers, stated))
    told = figures_of(answers, stated, windows.widened)
    return LifeChoice(tried[best].candidate, windows, reason, figures, told, answers)


def figures_of(answers: Answers, stated: Stated, widened: float = 1.0) -> dict[str, float]:
    """What answers in the folds come to: each fold by the windows of the others, where these hold failures enough."""
    windows = windows_by_others(answers, stated, widened)
    truth, cap, weights = answers.truth, answers.truth.cap, answers.known_weights
    ends = {name: windows[name].fillna(cap).to_numpy() for name in (LOW_END, MEDIAN, HIGH_END)}
    tails = levels(stated.coverage)
    losses = [pinball(truth, ends[name], level, weights) for name, level in zip(ends, tails, strict=True)]
    low, high = windows[LOW_END].to_numpy(), windows[HIGH_END].to_numpy()
    return {
        "pinball": float(np.mean(losses)),
        "rmse": rmse(truth, answers.centre, weights),
        "rmse_of_failures": rmse(truth, answers.centre, weights * truth.ended),
        "coverage": coverage(truth, low, high, weights),
        "width": median_width(low, high),
    }
