"""How far one column has moved between two windows, and how far chance alone could have moved it.

Rows of one machine are correlated, so a week of 100 machines is nearer 100 draws than 700. The noise of a difference
of means is therefore the cluster-robust one, with a machine as the cluster: the offset that sets a machine apart is
in both windows and cancels, whatever makes machines stray on their own counts in full, and a machine seen in only
one window adds its whole offset.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

NIGHTLY_ALARM_RATE = 0.05
RELATIVE_FLOOR = 1e-6
MAX_CATEGORIES = 30
Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


class Distance(NamedTuple):
    """How far two windows stand apart, and the standard error of that."""

    effect: float
    standard_error: float


def noise_quantile(columns: int, machines: int) -> float:
    """How many standard errors chance may stray when every one of `columns` is tested twice (values, missing).

    Bonferroni over both tests of all columns: a stationary night alarms at most NIGHTLY_ALARM_RATE of the time.
    """
    # A third of a second to load, while a night has nothing to judge yet.
    from scipy.stats import t as student  # noqa: PLC0415

    return float(student.ppf(1 - NIGHTLY_ALARM_RATE / (4 * max(columns, 1)), max(machines - 1, 1)))


def standard_error(reference: Array, current: Array, machine_ref: Codes, machine_cur: Codes) -> float:
    """Cluster-robust standard error of mean(current) - mean(reference), in the values' unit.

    The machine arrays hold one integer code a row, from the same numbering. Fewer than two machines give infinity.
    """
    machines = min(len(np.unique(machine_ref)), len(np.unique(machine_cur)))
    if machines < 2:
        return float("inf")
    size = int(max(machine_ref.max(), machine_cur.max())) + 1
    pull = np.bincount(machine_cur, current - current.mean(), size) / len(current)
    pull -= np.bincount(machine_ref, reference - reference.mean(), size) / len(reference)
    return float(np.sqrt(machines / (machines - 1) * (pull**2).sum()))


def lasting_error(reference: Array, machine_ref: Codes, machines: int) -> float:
    """Standard error of a window's mean where its nights of one machine are one draw, in the values' unit.

    An event moves a clock for weeks, so a week holds it on every night or on none. With few machines a week may well
    hold hardly any, and then its own spread says too little: the reference's spread about each machine's mean counts.
    """
    rows = np.bincount(machine_ref)
    means = np.bincount(machine_ref, reference) / np.maximum(rows, 1)
    freedom = max(len(reference) - int((rows > 0).sum()), 1)
    variance = float(((reference - means[machine_ref]) ** 2).sum()) / freedom
    return float(np.sqrt(variance / machines))


def scale_of(reference: Array, current: Array) -> float:
    """The reference's standard deviation; of both together where the reference is constant; 0.0 where both are."""
    floor = RELATIVE_FLOOR * max(float(np.abs(reference).max()), float(np.abs(current).max()))
    for values in (reference, np.concatenate([reference, current])):
        if (spread := float(np.std(values))) > floor:
            return spread
    return 0.0


def number_distance(
    reference: Array, current: Array, machine_ref: Codes, machine_cur: Codes, clock: bool = False
) -> Distance:
    """Wasserstein distance and its standard error, both in reference standard deviations (Evidently's `wasserstein`).

    A column that is constant in both windows, but for rounding, is at distance 0. The error of a `clock` is
    `lasting_error` at least.
    """
    if not (scale := scale_of(reference, current)):
        return Distance(0.0, 0.0)
    error = standard_error(reference, current, machine_ref, machine_cur)
    if clock:
        error = max(error, lasting_error(reference, machine_ref, len(np.unique(machine_cur))))
    from scipy.stats import wasserstein_distance  # noqa: PLC0415

    return Distance(float(wasserstein_distance(reference, current)) / scale, error / scale)


def category_distance(reference: pd.Series, current: pd.Series, machine_ref: Codes, machine_cur: Codes) -> Distance:
    """Jensen-Shannon distance (0 to 0.83, Evidently's `jensenshannon`) and its standard error.

    Near zero that distance is sqrt(sum((p - q)^2 / m) / 8), m the mean share, which turns the error of each share
    into one of the distance.
    """
    keys = sorted(set(reference) | set(current))
    ref_hits = [(reference == key).to_numpy(dtype=float) for key in keys]
    cur_hits = [(current == key).to_numpy(dtype=float) for key in keys]
    p, q = (np.array([hit.mean() for hit in hits]) for hits in (ref_hits, cur_hits))
    pairs = zip(ref_hits, cur_hits, strict=True)
    errors = np.array([standard_error(ref, cur, machine_ref, machine_cur) for ref, cur in pairs])
    # Rounding makes the divergence of equal shares a hair below zero, and its root NaN.
    from scipy.spatial.distance import jensenshannon  # noqa: PLC0415

    effect = float(np.nan_to_num(jensenshannon(p, q)))
    return Distance(effect, float(np.sqrt((errors**2 / (p + q)).sum() / 4)))


def is_number(*values: pd.Series) -> bool:
    """Whether the columns hold numbers; text, booleans and whatever else count as categories."""
    kinds = {pd.api.types.infer_dtype(column, skipna=True) for column in values}
    return kinds <= {"integer", "floating", "decimal", "mixed-integer-float", "empty"}


def as_numbers(values: pd.Series) -> pd.Series:
    """Floats; infinities count as missing."""
    return pd.to_numeric(values, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)


def as_categories(reference: pd.Series, current: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Text, missing values kept missing, all but the MAX_CATEGORIES commonest values folded into '(other)'."""
    texts = [values.astype(object).where(values.isna(), values.astype(str)) for values in (reference, current)]
    common = pd.concat(texts).value_counts().sort_index().nlargest(MAX_CATEGORIES).index
    folded = [text.where(text.isna() | text.isin(common), "(other)") for text in texts]
    return folded[0], folded[1]
