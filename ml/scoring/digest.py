"""A digest of each row's features, as pandas hashes a frame's rows, in half of its time.

The numbers are those of `pandas.util.hash_pandas_object(rows, index=False)`: they stand in every home's prediction log.
Source: pandas/core/util/hashing.py, which mixes each value by splitmix64 and combines a row as CPython hashes a tuple.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.arrays import NUMPY_THREADS

AT_ONCE = 16_384  # rows of a few columns that a processor's cache holds
BEGIN, END, FACTOR, STEP = 0x345678, 97_531, 1_000_003, 82_520
MIX = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))
LAST_SHIFT = np.uint64(31)

Hashes = NDArray[np.uint64]


def row_hashes(rows: pd.DataFrame, columns: Sequence[str]) -> Hashes:
    """One number for each row over its values of `columns`, at least one; shape (rows,)."""
    values = [_bits(rows[name].to_numpy()) for name in columns]
    factors = _factors(len(values))
    out = np.empty(len(rows), np.uint64)

    def fill(at: int) -> None:
        out[at : at + AT_ONCE] = _combined([(bits[at : at + AT_ONCE], raw) for bits, raw in values], factors)

    with ThreadPoolExecutor(NUMPY_THREADS) as threads:  # numpy lets go of the interpreter while it counts
        list(threads.map(fill, range(0, len(rows), AT_ONCE)))
    return out


def _bits(values: NDArray[np.generic]) -> tuple[NDArray[np.generic], bool]:
    """Numbers as their bits, which are still to be mixed; all else as pandas hashes it, mixed already."""
    if values.dtype.kind in "iuf" and values.dtype.itemsize <= np.dtype(np.uint64).itemsize:
        return np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}"), True
    return pd.util.hash_array(values), False


def _factors(count: int) -> list[np.uint64]:
    found, factor = [], FACTOR
    for at in range(count):
        found.append(np.uint64(factor % 2**64))
        factor += STEP + 2 * (count - at)
    return found


def _combined(columns: list[tuple[NDArray[np.generic], bool]], factors: list[np.uint64]) -> Hashes:
    rows = len(columns[0][0])
    out, bits, shifted = np.full(rows, BEGIN, np.uint64), np.empty(rows, np.uint64), np.empty(rows, np.uint64)
    for (values, raw), factor in zip(columns, factors, strict=True):
        np.copyto(bits, values, casting="unsafe")
        if raw:
            for shift, multiplier in MIX:
                np.right_shift(bits, np.uint64(shift), out=shifted)
                np.bitwise_xor(bits, shifted, out=bits)
                np.multiply(bits, multiplier, out=bits)
            np.right_shift(bits, LAST_SHIFT, out=shifted)
            np.bitwise_xor(bits, shifted, out=bits)
        np.bitwise_xor(out, bits, out=out)
        np.multiply(out, factor, out=out)
    out += np.uint64(END)
    return out
