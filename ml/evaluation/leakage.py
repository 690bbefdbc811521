"""Columns too good to be true: one that alone ranks the failures nearly perfectly most likely knows the future."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from ml.mart.columns import ANY, label


def suspects(rows: pd.DataFrame, features: Sequence[str], limit: float) -> dict[str, float]:
    """Features whose values alone, read upwards or downwards, reach an average precision of `limit` on (n,) rows.

    Missing values rank last; so does their presence, should a column be filled only where a failure comes.
    """
    labels = rows[label(ANY)].to_numpy(dtype="float64")
    if labels.sum() in (0, len(labels)):
        return {}
    found = {name: _alone(labels, rows[name]) for name in features}
    return {name: value for name, value in found.items() if value >= limit}


def _alone(labels: np.ndarray, column: "pd.Series[float]") -> float:
    codes = column if pd.api.types.is_numeric_dtype(column) else pd.Series(pd.factorize(column, sort=True)[0])
    values = codes.to_numpy(dtype="float64", na_value=np.nan)
    ranks = (np.where(np.isnan(values), -np.inf, sign * values) for sign in (1, -1))
    return max(float(average_precision_score(labels, np.clip(rank, -1e300, 1e300))) for rank in ranks)
