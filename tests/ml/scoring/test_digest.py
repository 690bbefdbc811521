"""The digest of a row's features is pandas' own, whatever the columns hold."""

import numpy as np
import pandas as pd

from ml.scoring.digest import AT_ONCE, row_hashes


def test_rows_hash_as_pandas_hashes_them() -> None:
    rng, rows = np.random.default_rng(1), AT_ONCE + 7
    numbers = rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "wide": np.where(rng.random(rows) < 0.1, np.nan, numbers),
            "narrow": numbers.astype("float32"),
            "zero": np.where(rng.random(rows) < 0.5, 0.0, -0.0),
            "count": rng.integers(-3, 9, rows, dtype="int32"),
            "long": rng.integers(-(2**60), 2**60, rows),
            "small": rng.integers(0, 200, rows).astype("uint8"),
            "flag": rng.random(rows) < 0.5,
            "word": np.array(["a", "b", None], dtype=object)[rng.integers(0, 3, rows)],
            "at": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 99, rows), "h"),
        }
    )
    for some in (frame, frame[:0], frame[:1], frame[["word"]], frame[["narrow", "wide"]], frame.iloc[::3]):
        expected = pd.util.hash_pandas_object(some, index=False).to_numpy()
        assert np.array_equal(row_hashes(some, list(some.columns)), expected)
