"""What a machine's page tells: its nights, what happened to it, its snapshots; as one night knew it all."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import pandas as pd

from ml.models.windows import REMAINING
from ml.scoring.contract import further_hours
from settings import Economics, Fleet
from warehouse.tables import records

EventKind = Literal["error", "failure", "replacement"]


@dataclass(frozen=True)
class RemainingWindow:
    """Hours from a night to the failure; None where all that is known is that it lies beyond."""

    low: float
    median: float | None
    high: float | None


@dataclass(frozen=True)
class AnsweredNight:
    """A night's answer. `distance` is told before there is a model, in standard deviations."""

    as_of: datetime
    probability: float | None
    alert: bool
    level: str
    component: str
    model_version: str
    distance: float | None = None
    remaining: RemainingWindow | None = None

    def moment(self, hours: float) -> datetime:
        """The moment so many hours after it."""
        return self.as_of + timedelta(hours=hours)


@dataclass(frozen=True)
class MachineEvent:
    """`subject` is an error code or a component. A failure that was found later happened after `good_at`."""

    at: datetime
    kind: EventKind
    subject: str
    good_at: datetime | None = None


@dataclass(frozen=True)
class PastCase:
    """A case in words; `word_href` is where to tell what was found, empty where nobody may."""

    component: str
    opened: str
    alerts: str
    outcome: str
    detail: str
    crew: str
    word_href: str = ""


@dataclass(frozen=True)
class MachinePage:
    """What the page of one machine is made of, for the night `as_of`.

    `answers`: its rows of `nightly_answers` over the weeks, one a night, the last of `as_of`. `snapshots`: its as_of
    and `snapshot_columns`, rising. `thresholds`: by model version, the probability from which it alerts. `links`: label
    to relative address. `remaining_coverage`: how sure windows of remaining time are. `cases`: None where they are not
    told, as on the page of a night, which knows none that came later.
    """

    machine: str
    as_of: datetime
    weeks: int
    horizon_hours: int
    fleet: Fleet
    costs: Economics
    answers: pd.DataFrame
    snapshots: pd.DataFrame
    events: tuple[MachineEvent, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    remaining_coverage: float = 0.8
    cases: tuple[PastCase, ...] | None = None


def nights_of_answers(answers: pd.DataFrame) -> list[AnsweredNight]:
    """The rows as nights, in their order."""
    return [_night(row) for row in records(answers)]


def further_risks(answers: pd.DataFrame) -> list[tuple[int, float]]:
    """Hours and probability of each further horizon, the nearest first, of the only row of `answers`."""
    found = {hours: _number(value) for column, value in (records(answers) or [{}])[-1].items()
             if (hours := further_hours(column)) is not None}  # fmt: skip
    return [(hours, value) for hours, value in sorted(found.items()) if value is not None]


def _night(row: Mapping[str, object]) -> AnsweredNight:
    low, median, high = (_number(row.get(name)) for name in REMAINING)
    known = any(edge is not None for edge in (low, median, high))
    return AnsweredNight(
        as_of=pd.Timestamp(str(row["as_of"])).to_pydatetime(),
        probability=_number(row.get("failure_probability")),
        alert=bool(row.get("alert")),
        level=str(row.get("risk_level") or ""),
        component=str(row.get("predicted_component") or ""),
        model_version=str(row.get("model_version") or ""),
        distance=_number(row.get("distance_from_normal")),
        remaining=RemainingWindow(low or 0.0, median, high) if known else None,
    )


def _number(value: object) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    number = float(str(value))
    return number if math.isfinite(number) else None
