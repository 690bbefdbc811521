"""Columns too good to be true: one that alone ranks the failures nearly perfectly most likely knows the future."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from ml.mart.columns import ANY, label

# Among a hundred honest columns one ranks a single failure first by chance; with ten that no longer happens.
LEAST_FAILURES = 10


@dataclass(frozen=True)
class LeakCheck:
    """What looking for leaks came to: on how many `failures`, and each suspect's average precision alone."""

    failures: int
    suspects: Mapping[str, float] = field(default_factory=dict)

    @property
    def possible(self) -> bool:
        """Whether there were failures enough to tell."""
        return self.failures >= LEAST_FAILURES


def leak_check(held_out: pd.DataFrame, earlier: pd.DataFrame, features: Sequence[str], limit: float) -> LeakCheck:
    """Look for leaks on the held-out rows; where these hold too few failures, on the `earlier` nights as well.

    A column that knows the future does so on every night, also on those that a model has learned from.
    """
    rows = held_out if failures_in(held_out) >= LEAST_FAILURES else pd.concat([earlier, held_out], ignore_index=True)
    return LeakCheck(failures_in(rows), suspects(rows, features, limit))


def suspects(rows: pd.DataFrame, features: Sequence[str], limit: float) -> dict[str, float]:
    """Features whose values alone, read upwards or downwards, reach an average precision of `limit` on (n,) rows.

    Missing values rank last; so does their presence, should a column be filled only where a failure comes. With fewer
    than LEAST_FAILURES failures nothing is suspected: chance would do it.
    """
    labels = rows[label(ANY)].to_numpy(dtype="float64")
    if failures_in(rows) < LEAST_FAILURES or labels.sum() == len(labels):
        return {}
    found = {name: _alone(labels, rows[name]) for name in features}
    return {name: value for name, value in found.items() if value >= limit}


def failures_in(rows: pd.DataFrame) -> int:
    """How many failures the rows (machine_id, as_of, `fails_any`) foresee; neighbouring rows of a machine see one."""
    ordered = rows[["machine_id", "as_of", label(ANY)]].sort_values(["machine_id", "as_of"], ignore_index=True)
    failing = ordered[label(ANY)] == 1
    before = failing.groupby(ordered["machine_id"]).shift(fill_value=False)
    return int((failing & ~before).sum())


def _alone(labels: np.ndarray, column: "pd.Series[float]") -> float:
    codes = column if pd.api.types.is_numeric_dtype(column) else pd.Series(pd.factorize(column, sort=True)[0])
    values = codes.to_numpy(dtype="float64", na_value=np.nan)
    ranks = (np.where(np.isnan(values), -np.inf, sign * values) for sign in (1, -1))
    return max(float(average_precision_score(labels, np.clip(rank, -1e300, 1e300))) for rank in ranks)
