"""Time splits with a gap: what trains, what validates, and what neither may touch."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd


class NotEnoughHistory(ValueError):
    """The landed history is too short to train on; the message says what is there and what is needed."""


@dataclass(frozen=True)
class TimeSplit:
    """Half-open spans `(start, end]` of as_of. Every label in a span is known before the next span begins."""

    train_start: datetime
    train_end: datetime
    validation_start: datetime
    validation_end: datetime


def time_split(known_until: datetime, horizon_hours: int, history_days: int, validation_nights: int) -> TimeSplit:
    """Split what is known at `known_until`: the last `validation_nights` days with a known label validate.

    Training ends a full horizon before validation begins, so that no failure stands in both.
    """
    horizon = timedelta(hours=horizon_hours)
    validation_end = known_until - horizon
    validation_start = validation_end - timedelta(days=validation_nights)
    train_end = validation_start - horizon
    return TimeSplit(train_end - timedelta(days=history_days), train_end, validation_start, validation_end)


def within(frame: pd.DataFrame, start: datetime, end: datetime) -> pd.DataFrame:
    """The rows with `start < as_of <= end`."""
    return frame[(frame["as_of"] > start) & (frame["as_of"] <= end)]
