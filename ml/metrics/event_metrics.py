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

    `outcomes`: one row a failure (machine_id, failed_at, component) of which the rows can tell: `caught`, `lead_hours`
    from the first alert in its horizon (at least; NaN where missed), `component_right` (None where no component was
    named), `looked_at`: whether any row in whose horizon it fell was answered at all. `needless` counts each machine's
    days with an alert and no failure in the horizon; `machine_months` the time under watch, 30 nights each.
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
    in the span of the rows' horizons count, whether a row foresaw them or not. Where `known_good_at` is given, a
    failure happened at an unknown moment after it, up to failed_at: a row holds it that holds all of that time. It
    does not count at all where no row does, or where the only alerts are of rows that hold a part of it. `named`: the
    predicted component (n). `answered`: which rows were answered (n), by default all: the others are no time under
    watch.
    """
    horizon = pd.Timedelta(hours=horizon_hours)
    known = np.ones(len(rows), dtype=bool) if answered is None else answered
    judged = rows[["machine_id", "as_of", "fails_any"]].assign(alert=alerts, named=named, answered=known)
    alert, fails = judged["alert"], judged["fails_any"]
    marked = judged.assign(day=judged["as_of"].dt.date, false=alert & (fails == 0), true=alert & (fails == 1))
    by_day = marked.groupby(["machine_id", "day"])[["false", "true", "answered"]].any()
    needless = (by_day["false"] & ~by_day["true"]).groupby(level="machine_id").sum().astype("int64")
    watched = int(by_day["answered"].sum()) / NIGHTS_A_MONTH
    return EventFigures(_outcomes(judged, failures, horizon), needless, watched)


FAILURE = ["machine_id", "failed_at", "good_at"]


def _outcomes(judged: pd.DataFrame, failures: pd.DataFrame, horizon: pd.Timedelta) -> pd.DataFrame:
    failures = _dated(failures)
    if judged.empty:
        failures = failures.head(0)
    else:
        due = (failures["good_at"] >= judged["as_of"].min()) & (
            failures["failed_at"] <= judged["as_of"].max() + horizon
        )
        failures = failures[due]
    events = failures.groupby([*FAILURE, "worked_until"], as_index=False).agg(components=("component", set))
    seeing = judged.merge(events, on="machine_id")
    seeing = seeing[(seeing["as_of"] < seeing["failed_at"]) & (seeing["good_at"] < seeing["as_of"] + horizon)]
    certain = (seeing["as_of"] <= seeing["good_at"]) & (seeing["failed_at"] <= seeing["as_of"] + horizon)
    asked = seeing["answered"] | seeing["alert"]
    alerted = seeing[certain & seeing["alert"]]
    first = alerted.sort_values("as_of").drop_duplicates(FAILURE)
    first = first.assign(
        lead_hours=(first["worked_until"] - first["as_of"]).dt.total_seconds() / 3600,
        component_right=_named_rightly(first),
    )
    outcomes = failures.merge(first[[*FAILURE, "lead_hours", "component_right"]], on=FAILURE, how="left")
    caught = outcomes["lead_hours"].notna()
    told = (outcomes["worked_until"] == outcomes["failed_at"]) | _among(outcomes, seeing[certain])
    told &= caught | ~_among(outcomes, seeing[~certain & seeing["alert"]])
    outcomes = outcomes.assign(caught=caught, looked_at=_among(outcomes, seeing[certain & asked]))
    return outcomes[told].drop(columns=["good_at", "worked_until"]).reset_index(drop=True)


def _dated(failures: pd.DataFrame) -> pd.DataFrame:
    """With `good_at`, the last moment before it failed, and `worked_until`: when it failed, where that is known."""
    moment = failures["failed_at"]
    known = failures["known_good_at"] if "known_good_at" in failures else pd.Series(pd.NaT, index=failures.index)
    known = known.astype(moment.dtype)
    good = known.fillna(moment - pd.Timedelta(microseconds=1))
    return failures[["machine_id", "component", "failed_at"]].assign(good_at=good, worked_until=known.fillna(moment))


def _among(outcomes: pd.DataFrame, seeing: pd.DataFrame) -> "pd.Series[bool]":
    """Which failures are among those of some rows."""
    wanted, found = (pd.MultiIndex.from_frame(frame[FAILURE]) for frame in (outcomes, seeing))
    return pd.Series(wanted.isin(found), index=outcomes.index)


def _named_rightly(alerted: pd.DataFrame) -> "pd.Series[Any]":
    pairs = zip(alerted["named"], alerted["components"], strict=True)
    right = [None if pd.isna(name) else name in components for name, components in pairs]
    return pd.Series(right, index=alerted.index, dtype="object")
