"""Figures at event level: a failure is caught or missed once, a visit is made once a day."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.metrics.costs import total_cost
from settings import Economics

NIGHTS_A_MONTH = 30


@dataclass(frozen=True)
class EventFigures:
    """What the alerts of a period came to.

    `outcomes`: one row a failure (machine_id, failed_at, component): `caught`, `lead_hours` from the first alert in
    its horizon (NaN where missed), `component_right` (None where no component was named), `looked_at`: whether any row
    in whose horizon it fell was answered at all. `needless` counts each machine's days with an alert and no failure in
    the horizon; `machine_months` the time under watch, 30 nights each.
    """

    outcomes: pd.DataFrame
    needless: "pd.Series[int]"
    machine_months: float

    @property
    def caught(self) -> int:
        """How many failures had an alert in whose horizon they fell."""
        return int(self.outcomes["caught"].sum())

    @property
    def needless_visits(self) -> int:
        """Machine-days with an alert and no failure in the horizon."""
        return int(self.needless.sum())

    def machine_costs(self, costs: Economics) -> "pd.Series[float]":
        """What each machine cost, by machine_id; together they are the whole cost."""
        failures = self.outcomes.groupby("machine_id")["caught"].agg(["sum", "count"])
        counts = failures.join(self.needless.rename("needless"), how="outer").fillna(0).astype("float64")
        caught, needless, all_failures = (counts[name].to_numpy() for name in ("sum", "needless", "count"))
        return pd.Series(total_cost(caught, needless, all_failures - caught, costs), index=counts.index)

    def row(self, costs: Economics) -> dict[str, float | int]:
        """The figures as columns of the leaderboard."""
        lead, right = self.outcomes["lead_hours"].dropna(), self.outcomes["component_right"].dropna()
        failures = len(self.outcomes)
        counts = [np.array(float(n)) for n in (self.caught, self.needless_visits, failures - self.caught)]
        cost = total_cost(counts[0], counts[1], counts[2], costs)
        return {
            "failures": failures,
            "failures_caught": self.caught,
            "failures_not_looked_at": failures - int(self.outcomes["looked_at"].sum()),
            "share_caught": self.caught / failures if failures else float("nan"),
            "lead_hours_median": float(lead.median()),
            "lead_hours_p10": float(lead.quantile(0.1)),
            "component_accuracy": float(right.astype(float).mean()),
            "needless_visits": self.needless_visits,
            "false_alerts_per_machine_month": self.needless_visits / self.machine_months
            if self.machine_months
            else float("nan"),
            "cost": float(cost),
        }


def event_figures(
    rows: pd.DataFrame, alerts: NDArray[np.bool_], failures: pd.DataFrame, horizon_hours: int,
    named: "pd.Series[str] | None" = None, answered: NDArray[np.bool_] | None = None,
) -> EventFigures:  # fmt: skip
    """Match alerts with failures.

    `rows`: machine_id, as_of, `fails_any` of the judged rows (n). `failures`: machine_id, component, failed_at; those
    in the span of the rows' horizons count, whether a row foresaw them or not. `named`: the predicted component (n).
    `answered`: which rows were answered (n), by default all: the others are no time under watch.
    """
    horizon = pd.Timedelta(hours=horizon_hours)
    known = np.ones(len(rows), dtype=bool) if answered is None else answered
    judged = rows[["machine_id", "as_of", "fails_any"]].assign(alert=alerts, named=named, answered=known)
    alert, failing = judged["alert"], judged["fails_any"] == 1
    marked = judged.assign(day=judged["as_of"].dt.date, false=alert & ~failing, true=alert & failing)
    by_day = marked.groupby(["machine_id", "day"])[["false", "true", "answered"]].any()
    needless = (by_day["false"] & ~by_day["true"]).groupby(level="machine_id").sum().astype("int64")
    watched = int(by_day["answered"].sum()) / NIGHTS_A_MONTH
    return EventFigures(_outcomes(judged, failures, horizon), needless, watched)


def _outcomes(judged: pd.DataFrame, failures: pd.DataFrame, horizon: pd.Timedelta) -> pd.DataFrame:
    if judged.empty:
        failures = failures.head(0)
    else:
        due = (failures["failed_at"] > judged["as_of"].min()) & (
            failures["failed_at"] <= judged["as_of"].max() + horizon
        )
        failures = failures[due]
    events = failures.groupby(["machine_id", "failed_at"], as_index=False).agg(components=("component", set))
    seeing = judged[judged["answered"] | judged["alert"]].merge(events, on="machine_id")
    seeing = seeing[(seeing["as_of"] < seeing["failed_at"]) & (seeing["failed_at"] <= seeing["as_of"] + horizon)]
    alerted = seeing[seeing["alert"]]
    first = alerted.sort_values("as_of").drop_duplicates(["machine_id", "failed_at"])
    first = first.assign(
        lead_hours=(first["failed_at"] - first["as_of"]).dt.total_seconds() / 3600,
        component_right=_named_rightly(first),
    )
    outcomes = failures.merge(
        first[["machine_id", "failed_at", "lead_hours", "component_right"]], on=["machine_id", "failed_at"], how="left"
    )
    looked_at = seeing[["machine_id", "failed_at"]].drop_duplicates().assign(looked_at=True)
    outcomes = outcomes.merge(looked_at, on=["machine_id", "failed_at"], how="left")
    return outcomes.assign(
        caught=outcomes["lead_hours"].notna(), looked_at=outcomes["looked_at"].notna().to_numpy(dtype=bool)
    )


def _named_rightly(alerted: pd.DataFrame) -> "pd.Series[Any]":
    pairs = zip(alerted["named"], alerted["components"], strict=True)
    right = [None if pd.isna(name) else name in components for name, components in pairs]
    return pd.Series(right, index=alerted.index, dtype="object")
