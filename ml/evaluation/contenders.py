"""Everything that can stand on the leaderboard, asked the same way: score these rows, and whom would you visit?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.evaluation.naive_rules import RULES
from ml.mart.columns import ANY, label
from ml.metrics.costs import cheapest_threshold
from ml.models.model import Model
from ml.training.time_split import TimeSplit, within
from settings import Economics, Fleet


@dataclass(frozen=True)
class Answer:
    """Scores (n,) of any failure, the alerts (n,), and what only models know: probabilities and a component (n,).

    A score is NaN where there is no answer. `further`: the probabilities of any failure within horizons beyond the
    first, a column each by its hours, where they were asked for.
    """

    scores: Floats
    alerts: NDArray[np.bool_]
    probabilities: pd.DataFrame | None = None
    component: "pd.Series[str] | None" = None
    further: pd.DataFrame | None = None

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Which rows have an answer, shape (n,)."""
        return ~np.isnan(self.scores)

    @property
    def ranking(self) -> Floats:
        """The scores with every row that has no answer in one place, below all others; shape (n,)."""
        known = self.answered
        lowest = self.scores[known].min() if known.any() else 0.0
        return np.where(known, self.scores, lowest - 1)

    def silenced(self, silent: NDArray[np.bool_]) -> "Answer":
        """The answer as a night gives it: none for the rows that are `silent`, shape (n,)."""
        if not silent.any():
            return self
        probabilities, component, further = self.probabilities, self.component, self.further
        return Answer(
            scores=np.where(silent, np.nan, self.scores),
            alerts=self.alerts & ~silent,
            probabilities=None if probabilities is None else probabilities.apply(lambda column: column.mask(silent)),
            component=None if component is None else component.mask(silent, None),
            further=None if further is None else further.apply(lambda column: column.mask(silent)),
        )

    def of(self, chosen: NDArray[np.bool_]) -> "Answer":
        """The answer for the rows that are `chosen`, shape (n,), alone."""
        return Answer(
            scores=self.scores[chosen],
            alerts=self.alerts[chosen],
            probabilities=None if self.probabilities is None else self.probabilities[chosen],
            component=None if self.component is None else self.component[chosen],
            further=None if self.further is None else self.further[chosen],
        )

    def within(self, hours: int) -> "Answer | None":
        """What it says of a further horizon, with the alerts of the first; None where it has not learnt it."""
        if self.further is None or hours not in self.further:
            return None
        scores = self.further[hours]
        return Answer(scores.to_numpy(), self.alerts, scores.to_frame(ANY), self.component)


def ask_model(model: Model, rows: pd.DataFrame, *, ahead: bool = False) -> Answer:
    """A trained model's answer for every row, at its own threshold; `Answer.silenced` takes the silent ones out.

    `ahead`: with its probabilities for further horizons.
    """
    probabilities, further = model.answers(rows) if ahead else (model.probabilities(rows), None)
    components = [target for target in model.card.targets if target != ANY]
    named = probabilities[components].idxmax(axis=1).astype(str) if components else None
    scores = probabilities[ANY].to_numpy()
    return Answer(scores, scores >= model.card.threshold, probabilities, named, further)


def ask_rules(
    rows: pd.DataFrame, nightly: pd.DataFrame, split: TimeSplit, fleet: Fleet, economics: Economics
) -> dict[str, Answer]:
    """Each naive rule's answer; its threshold is the cheapest on every night before the held-out ones."""
    history = within(nightly, split.train_start, split.train_end)
    answers = {}
    for name, rule in RULES.items():
        threshold = cheapest_threshold(rule(history, fleet), *outcomes(history), economics)
        scores = rule(rows, fleet)
        answers[name] = Answer(scores, scores >= threshold)
    return answers


def outcomes(nights: pd.DataFrame) -> tuple[Floats, int]:
    """Which rows failed, shape (n,), and how many nights they are."""
    return nights[label(ANY)].to_numpy(dtype="float64"), int(nights["as_of"].nunique())
