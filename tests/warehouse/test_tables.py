"""Rows on their way between DuckDB and Python."""

import pandas as pd

from warehouse.tables import records


def test_whatever_is_missing_becomes_none_and_nothing_else() -> None:
    rows = pd.DataFrame({
        "number": [1.5, float("nan")], "moment": [pd.Timestamp("2025-01-01"), pd.NaT], "text": ["", None],
        "flag": pd.array([True, None], dtype="boolean"), "many": [["a", None], []],
    })  # fmt: skip
    assert records(rows) == [
        {"number": 1.5, "moment": pd.Timestamp("2025-01-01"), "text": "", "flag": True, "many": ["a", None]},
        {"number": None, "moment": None, "text": None, "flag": None, "many": []},
    ]
    assert records(rows.head(0)) == []
