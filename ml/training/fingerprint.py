"""What a training depends on, as one number: the same fingerprint means the same model."""

import hashlib
import json
from functools import cache
from pathlib import Path

import pandas as pd

from ml.mart.columns import WEIGHT, MartColumns
from ml.mart.lives import HIGH, LOW
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit
from settings import ROOT

CODE = ("ml/**/*.py", "dbt_project/**/*.sql", "settings/*.py", "requirements.lock")


def training_fingerprint(
    rows: pd.DataFrame,
    nightly: pd.DataFrame,
    columns: MartColumns,
    recipe: Recipe,
    split: TimeSplit,
    further: pd.DataFrame | None = None,
) -> str:
    """16 hex digits over the rows that train and tune (features, labels, weights), the recipe, the split.

    `further`: the labels of the rows for each further horizon.
    """
    digest = hashlib.sha256()
    names = ["machine_id", "as_of", *columns.features, *columns.labels]
    digest.update(json.dumps([names, repr(split)]).encode())
    lives = [name for name in (LOW, HIGH) if name in rows]
    for frame, used in ((rows, [*names, WEIGHT, *lives]), (nightly, names)):
        digest.update(pd.util.hash_pandas_object(frame[used], index=False).to_numpy().tobytes())
    if further is not None:
        digest.update(json.dumps(list(further.columns)).encode())
        digest.update(pd.util.hash_pandas_object(further, index=False).to_numpy().tobytes())
    digest.update(json.dumps(recipe.recorded(), sort_keys=True).encode())
    return digest.hexdigest()[:16]


@cache
def code_version(root: Path = ROOT) -> str:
    """16 hex digits over the sources that make a model, and the locked requirements."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in CODE for path in root.glob(pattern)):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
