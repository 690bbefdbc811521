"""The one array type that figures, scores and labels share, and how arithmetic on many rows uses both cores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""An array of float64; docstrings say its shape."""

ROWS_AT_ONCE = 50_000  # rows: fewer are not worth a thread
NUMPY_THREADS = 2


def by_rows(function: Callable[..., Floats], *arrays: Floats) -> Floats:
    """`function` of arrays of shape (rows, ...), whose answer for a row must depend on that row alone.

    Numpy lets go of the interpreter while it counts, so parts of the rows are counted side by side.
    """
    starts = range(0, len(arrays[0]), ROWS_AT_ONCE)
    if len(starts) < NUMPY_THREADS:
        return function(*arrays)
    with ThreadPoolExecutor(NUMPY_THREADS) as threads:
        parts = threads.map(lambda at: function(*(each[at : at + ROWS_AT_ONCE] for each in arrays)), starts)
        return np.concatenate(list(parts))
