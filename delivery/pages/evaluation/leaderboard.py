"""The leaderboard in words: a table for each scenario, and the headline's figures."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ml.evaluation.decision import CHAMPION
from ml.evaluation.naive_rules import RULES
from ml.metrics.bootstrap import CONFIDENCE
from ml.wording import DASH, count, number, of, rate

SURE = rate(CONFIDENCE, gap="")
FIGURES = (
    "Rows", "Before a failure", f"Average precision ({SURE} interval)", "ROC-AUC", "Precision", "Recall",
    "F1", "Brier", "Calibration error", "Failures caught", "Lead, median h", "Lead, p10 h",
    "False alerts / machine-month", "Cost", "Macro AP", "Component right",
)  # fmt: skip

Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Section:
    """One scenario's table: `rows` are (contender, is it the champion, cells in the order of FIGURES)."""

    scenario: str
    rows: Sequence[tuple[str, bool, Sequence[str]]]


def leaderboard_cells(row: Row) -> list[str]:
    """A leaderboard row in the order of FIGURES."""
    interval = _interval(row)
    precision = number(row["average_precision"], 3) + (f" ({interval})" if interval else "")
    return [
        count(row["rows"]), count(row["positives"]), precision, number(row["roc_auc"], 3),
        *(number(row[name], 3) for name in ("precision", "recall", "f1")), number(row["brier"], 4),
        number(row["calibration_error"], 4), caught_of(row),
        number(row["lead_hours_median"], 0), number(row["lead_hours_p10"], 0),
        number(row["false_alerts_per_machine_month"]), count(row["cost"]), number(row["macro_average_precision"], 3),
        rate(row["component_accuracy"]),
    ]  # fmt: skip


def caught_of(row: Row) -> str:
    """Caught of all, and how many were missed because nobody looked: the machine was silent."""
    caught, unseen = of(row["failures_caught"], row["failures"]), int(row["failures_not_looked_at"])
    return f"{caught} (nobody looked at {count(unseen)})" if unseen else caught


def _interval(row: Row) -> str:
    low, high = (number(row[f"average_precision_{end}"], 3) for end in ("low", "high"))
    return "" if DASH in (low, high) else f"{low}{DASH}{high}"


def cheapest_rule(rows: Iterable[Row]) -> Row | None:
    """Of the naive rules among the rows the one that costs least, and of equal ones that which catches most."""
    rules = [row for row in rows if row["contender"] in RULES]
    return min(rules, key=lambda row: (row["cost"], -row["failures_caught"]), default=None)


def headline(row: Row) -> dict[str, str]:
    """A leaderboard row as words for the headline."""
    return {
        "name": str(row["contender"]), "caught": of(row["failures_caught"], row["failures"]),
        "lead": number(row["lead_hours_median"], 0), "false": number(row["false_alerts_per_machine_month"]),
        "failures": count(row["failures"]), "cost": count(row["cost"]), "needless": count(row["needless_visits"]),
        "positives": count(row["positives"]), "unseen": count(row["failures_not_looked_at"]),
        "precision": number(row["average_precision"], 3),
        "interval": f"{SURE} interval {_interval(row) or DASH}",
    }  # fmt: skip


def section_of(scenario: str, table: pd.DataFrame) -> Section:
    """The rows of one scenario."""
    rows = table[table["scenario"] == scenario].to_dict("records")
    return Section(scenario, [(_versioned(row), row["contender"] == CHAMPION, leaderboard_cells(row)) for row in rows])


def _versioned(row: Row) -> str:
    known = pd.notna(row.get("model_version"))
    return f"{row['contender']}, version {row['model_version']}" if known else str(row["contender"])
