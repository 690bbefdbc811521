"""The rolling folds as scenarios: would the recipe have done as well at earlier times?"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ml.evaluation.contenders import Answer, ask_rules
from ml.evaluation.leaderboard import HeldOut
from ml.evaluation.scenarios import REFITTED
from ml.mart.silence import is_silent
from ml.training.data import TrainingData
from ml.training.recipe import Recipe
from ml.training.time_split import within


def fold_scenarios(
    tuning: pd.DataFrame,
    threshold: float,
    data: TrainingData,
    failures: pd.DataFrame,
    recipe: Recipe,
    counts: Sequence[str],
) -> dict[str, tuple[HeldOut, dict[str, Answer]]]:
    """Each fold's nights, answered by the model that had learnt before it and by the rules as they stood then.

    `tuning`: machine_id, as_of, probability of the folds' nights. `counts`: the columns without which a machine is
    silent. The ranking is honest; calibration and `threshold` were chosen on these very nights.
    """
    found = {}
    folds = data.split.folds
    for position, fold in enumerate(folds, start=1):
        rows = within(data.nightly, fold.start, fold.end).merge(tuning[["machine_id", "as_of", "probability"]])
        if len(rows):
            name = f"fold {position} of {len(folds)}"
            before = replace(data.split, train_end=fold.train_end)
            scores = rows["probability"].to_numpy()
            probabilities = pd.DataFrame({"any": scores}, index=rows.index)
            refitted = Answer(scores, scores >= threshold, probabilities)
            answers = {REFITTED: refitted.silenced(is_silent(rows, counts))}
            answers |= ask_rules(rows, data.nightly, before, recipe.fleet, recipe.economics)
            found[name] = (HeldOut(name, rows, failures, recipe), answers)
    return found
