"""A model's answers on a few rows, without a frame: the figures of `Model.all_answers`, bit for bit, in far less time.

A frame of one row costs several times what its trees do; whoever asks about one machine waits for the frame.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from catboost import Pool

from ml.arrays import Floats
from ml.mart.columns import ANY, UNKNOWN_WORD
from ml.models.model import Model, never_falling, raw_scores
from ml.models.remaining import Remaining
from ml.models.risk_blend import blended
from ml.models.windows import REMAINING

ONE_THREAD = 1
FeatureValue = float | str | None


@dataclass(frozen=True)
class FewAnswers:
    """Shapes (rows,): probabilities by target and by further horizon (hours), and the columns REMAINING."""

    targets: Mapping[str, Floats]
    further: Mapping[int, Floats]
    remaining: Mapping[str, Floats]


def answer_few(model: Model, rows: Sequence[Sequence[FeatureValue]]) -> FewAnswers:
    """Answer `rows`, each the values of `model.card.features` in their order; None is a missing one."""
    card = model.card
    words = [place for place, name in enumerate(card.features) if name in card.categorical]
    pool = Pool([_inputs(row, words) for row in rows], cat_features=words, feature_names=list(card.features))
    scores = {target: raw_scores(model.boosters[target], pool, ONE_THREAD) for target in card.learned}
    components = [target for target in card.learned if target != ANY]
    if components:
        scores[ANY] = blended(scores[ANY], np.column_stack([scores[target] for target in components]))
    unlearned = np.zeros(len(rows))
    targets = {target: card.calibrators[target].apply(scores.get(target, unlearned)) for target in card.targets}
    ahead = {
        hours: fit.apply(raw_scores(model.further[hours], pool, ONE_THREAD)) for hours, fit in card.further.items()
    }
    rising = never_falling(targets[ANY], ahead)
    further = {hours: rising[:, place] for place, hours in enumerate(sorted(ahead))}
    return FewAnswers(targets, further, _remaining(model, pool, len(rows)))


def _inputs(row: Sequence[FeatureValue], words: Sequence[int]) -> list[float | str]:
    inputs: list[float | str] = [math.nan if value is None else value for value in row]
    for place in words:
        inputs[place] = UNKNOWN_WORD if row[place] is None else str(row[place])
    return inputs


def _remaining(model: Model, pool: Pool, rows: int) -> dict[str, Floats]:
    if model.remaining is None or model.card.remaining is None:
        return {name: np.full(rows, np.nan) for name in REMAINING}
    windows = Remaining(model.remaining, model.card.remaining).windows(pool, ONE_THREAD)
    return {name: windows[name].to_numpy() for name in REMAINING}
