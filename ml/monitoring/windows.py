"""The two windows that drift compares, made ready: thinned alike, machines numbered alike, or refused in words."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.monitoring.distance import Codes, noise_quantile
from settings import DriftSettings

REFERENCE_ROWS = 5_000


@dataclass(frozen=True)
class Windows:
    """Both windows with their machines numbered alike; `refusal` says why they cannot be judged, if so.

    `quantile` is how many standard errors chance may stray. `fresh` marks the rows of the latest nights, as few as
    hold `drift.min_rows` rows: what breaks overnight must not wait for a whole window to fill.
    """

    reference: pd.DataFrame
    current: pd.DataFrame
    machine_ref: Codes
    machine_cur: Codes
    fresh: npt.NDArray[np.bool_]
    thresholds: DriftSettings
    quantile: float
    refusal: str


def make_windows(
    reference: pd.DataFrame, current: pd.DataFrame, columns: int, limits: DriftSettings, machine: str = "machine_id"
) -> Windows:
    """Windows of one row a machine and night; a reference of more than REFERENCE_ROWS is thinned, always alike."""
    if len(reference) > REFERENCE_ROWS:
        reference = reference.sample(REFERENCE_ROWS, random_state=0)
    codes = pd.factorize(pd.concat([reference[machine], current[machine]]).astype(str))[0].astype(np.int64)
    in_ref, in_cur = codes[: len(reference)], codes[len(reference) :]
    machines = min(len(np.unique(in_ref)), len(np.unique(in_cur)))
    refusal = ""
    for name, frame in (("current", current), ("reference", reference)):
        if len(frame) < limits.min_rows:
            refusal = f"the {name} window has {len(frame):,} rows, and it takes {limits.min_rows:,}"
            break
    else:
        if machines < 2:
            refusal = "one machine alone cannot tell drift from its own doings"
    quantile = noise_quantile(columns, machines)
    reference, current = reference.reset_index(drop=True), current.reset_index(drop=True)
    return Windows(reference, current, in_ref, in_cur, _fresh(current, limits.min_rows), limits, quantile, refusal)


def _fresh(current: pd.DataFrame, min_rows: int) -> npt.NDArray[np.bool_]:
    """The rows of the latest nights that together hold `min_rows` rows; all rows where no night is named."""
    if "as_of" not in current.columns or current.empty:
        return np.ones(len(current), dtype=bool)
    counts = current["as_of"].value_counts().sort_index(ascending=False).cumsum()
    enough = counts.index[counts >= min_rows]
    first = enough[0] if len(enough) else counts.index[-1]
    return (current["as_of"] >= first).to_numpy()
