import pandas as pd

from delivery.pages.evaluation.remaining import HEAD, board_rows, error_head, error_rows


def test_the_tables_say_what_the_frames_say() -> None:
    board = pd.DataFrame([{
        "contender": "champion", "rows": 1200, "failures": 31, "windows": 90, "coverage": 0.8123, "width": 41.4,
        "failed_without_window": 0.05, "concordance": 0.9, "rmse": 30.25, "alpha_lambda": 0.5,
        "nasa_score": float("nan"),
    }])  # fmt: skip
    [row] = board_rows(board)
    assert len(row) == len(HEAD)
    assert [cell.replace("\u00a0", " ") for cell in row] == [
        "champion", "1,200", "31", "90 of 1,200", "81 %", "41", "5 %", "0.900", "30.2", "50 %", "–",
    ]  # fmt: skip
    errors = pd.DataFrame([{"from_hours": 0.0, "to_hours": 21.0, "rows": 4, "error": 3.25, "champion": 3.25}])
    errors = errors[["from_hours", "to_hours", "rows", "champion"]]
    assert error_head(errors) == ["Hours left", "Machine-nights", "champion"]
    assert error_rows(errors) == [["0 to 21", "4", "3.2"]]
