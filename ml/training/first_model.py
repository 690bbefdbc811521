"""Whether a fleet without a model can have its first one."""

from datetime import datetime, timedelta

import pandas as pd

from ml.training.recipe import Recipe
from ml.training.shortage import failures_in, lack_of
from ml.training.shrinking import fitting_recipe
from ml.training.time_split import time_split


def first_model_verdict(failing: pd.DataFrame, known_until: datetime, recipe: Recipe) -> tuple[str | None, str]:
    """What calls for a first training, or None; then what is lacking, in a sentence.

    `failing`: machine_id and as_of of the mature rows before a failure; `known_until`: up to when labels are known.
    Asked is what training asks, with as few folds and held-out nights as it would take.
    """
    fitting, _ = fitting_recipe(recipe, known_until, failing)
    step = timedelta(hours=recipe.fleet.snapshot_every_hours)
    lack = lack_of(failing, time_split(known_until, fitting), step)
    if lack is None:
        return f"the first {failures_in(failing, step):,} failures with weeks of readings allow a first model", ""
    more = f"{lack.needed - lack.count:,} more"
    return None, f"No model scores yet: {lack.span} {lack.found}, and {lack.needed} are needed, so {more}."
