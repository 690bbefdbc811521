"""Since when a column drifts, and how often of late, by the verdicts of the nights before and no later ones."""

from datetime import datetime, timedelta

import pandas as pd

from delivery.pages.drift_past import LATELY, ColumnPast, column_pasts

AS_OF = datetime(2025, 12, 31, 6)


def verdicts(nights: dict[int, str], column: str = "volt") -> pd.DataFrame:
    """Rows by days before AS_OF: 'd' drifted, 'l' readings lost, 's' steady, '-' not judged."""
    return pd.DataFrame(
        [
            {"as_of": AS_OF - timedelta(days=back), "column_name": column, "drifted": how == "d",
             "missing_drifted": how == "l", "judged": how != "-"}
            for back, how in nights.items()
        ],
        columns=["as_of", "column_name", "drifted", "missing_drifted", "judged"],
    )  # fmt: skip


def past(before: dict[int, str], tonight: str) -> ColumnPast:
    found = column_pasts(verdicts(before), verdicts({0: tonight}), AS_OF)
    return found.get("volt", ColumnPast((), frozenset()))


def test_a_run_is_told_from_its_first_night() -> None:
    told = past({5: "d", 4: "s", 3: "l", 2: "d", 1: "d"}, "d")
    assert told.since == "since 28 December, 4 nights in a row"
    assert told.often == "on 5 of the last 6 nights"
    assert told.cells == (True, False, True, True, True, True)


def test_a_first_night_and_a_steady_one() -> None:
    assert past({1: "s"}, "d").since == "since tonight"
    assert past({}, "d").often == ""
    steady = past({2: "d", 1: "d"}, "s")
    assert (steady.since, steady.often) == ("", "on 2 of the last 3 nights")


def test_nights_that_were_not_judged_neither_break_a_run_nor_count() -> None:
    told = past({3: "d", 2: "-", 1: "d"}, "d")
    assert told.since == "since 28 December, 3 nights in a row"
    assert told.often == "on 3 of the last 3 nights"
    assert past({}, "-").since == ""


def test_neither_older_nor_later_nights_count() -> None:
    told = past({LATELY.days: "d", LATELY.days - 1: "d", -1: "d", 0: "s"}, "d")
    assert told.often == "on 2 of the last 2 nights"


def test_columns_are_apart() -> None:
    rows = pd.concat([verdicts({1: "d"}), verdicts({1: "s"}, "rotate")])
    tonight = pd.concat([verdicts({0: "s"}), verdicts({0: "d"}, "rotate")])
    found = column_pasts(rows, tonight, AS_OF)
    assert (found["volt"].cells, found["rotate"].cells) == ((True, False), (False, True))
