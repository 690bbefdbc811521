"""The table of who says best when machines fail, as the evaluation report shows it."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from ml.wording import count, number, of, rate

HEAD = (
    "Contender", "Machine-nights", "Failures", "With a window", "Ends inside", "Width, median h", "Failed without one",
    "Concordance", "RMSE, h", "Within 20 % of the life", "NASA's score, in days",
)  # fmt: skip


def board_rows(board: pd.DataFrame) -> list[list[str]]:
    """The rows of `remaining_board` in the order of HEAD."""
    return [_row(row) for row in board.to_dict("records")]


def error_head(errors: pd.DataFrame) -> list[str]:
    """The head of `error_rows`: what is left of the life, how many rows, and each contender."""
    return ["Hours left", "Machine-nights", *map(str, errors.columns[3:])]


def error_rows(errors: pd.DataFrame) -> list[list[str]]:
    """The rows of `errors_by_life`: mean absolute error in hours."""
    return [
        [f"{count(row['from_hours'])} to {count(row['to_hours'])}", count(row["rows"]),
         *(number(row[name], 1) for name in errors.columns[3:])]
        for row in errors.to_dict("records")
    ]  # fmt: skip


def _row(row: Mapping[Hashable, Any]) -> list[str]:
    return [
        str(row["contender"]), count(row["rows"]), count(row["failures"]), of(row["windows"], row["rows"]),
        rate(row["coverage"]), number(row["width"], 0), rate(row["failed_without_window"]),
        number(row["concordance"], 3), number(row["rmse"], 1), rate(row["alpha_lambda"]), count(row["nasa_score"]),
    ]  # fmt: skip
