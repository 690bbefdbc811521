"""When a feed shows what happened: which times are believed, how late it comes, up to when it is known."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, field_validator

from settings.frozen import Count, Frozen, Hours

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?")


class PlausibleClock(Frozen):
    """Which times landing believes; `ingestion.plausible_times` says how each is used."""

    ahead_minutes: Annotated[int, Field(ge=0, le=60)] = 60
    earliest: Annotated[date, Field(ge=date(1970, 1, 1))] = date(1990, 1, 1)
    gap_days: Count = 7
    reach_days: Count = 45
    confirm_rows: Count = 24


class FeedLatency(Frozen):
    """Hours from an event until the feed shows it, for rows without an available_at of their own."""

    telemetry: Hours = 0
    errors: Hours = 0
    maint: Hours = 0
    failures: Hours = 0


class FeedReaches(Frozen):
    """The moment up to which a feed's events are known, where somebody says so; None: derived (`feed_reach`)."""

    errors: datetime | None = None
    maint: datetime | None = None
    failures: datetime | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _is_a_moment(cls, value: object) -> object:
        if value is not None and not MOMENT.fullmatch(str(value)):
            raise ValueError(f"{value} must be a moment in quotes such as '2026-01-31 00:00'")
        return value
