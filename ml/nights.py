"""Nights: a night is named by its date and stands at the scoring hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import duckdb


class NightNotReady(RuntimeError):
    """A night that cannot be scored yet; the message says what is missing and what to run."""


@dataclass(frozen=True)
class FleetClock:
    """How far the landed data reach: the last reading, and the moment until which everything due has come in."""

    last_event_at: datetime
    known_until: datetime


def fleet_clock(con: duckdb.DuckDBPyConnection) -> FleetClock:
    """Read the clock. Raises NightNotReady where no telemetry has been built."""
    row = con.execute("select last_event_at, known_until from fleet_clock").fetchone()
    if row is None or row[0] is None:
        raise NightNotReady("The warehouse holds no telemetry: land it and run `dbt build`.")
    return FleetClock(*row)


def as_of_night(night: date, scoring_hour: int) -> datetime:
    return datetime.combine(night, time(scoring_hour))


def last_nights(clock: FleetClock, scoring_hour: int, count: int) -> list[date]:
    """The dates of the last `count` nights that the data reach, oldest first."""
    last = clock.known_until.date()
    if as_of_night(last, scoring_hour) > clock.known_until:
        last -= timedelta(days=1)
    return [last - timedelta(days=back) for back in reversed(range(count))]


def require_rows(con: duckdb.DuckDBPyConnection, nights: Sequence[datetime]) -> None:
    """Raise NightNotReady where the mart has no row for one of `nights`, with how far the data reach."""
    for as_of in nights:
        found = con.execute("select count(*) from feature_mart where as_of = ?", [as_of]).fetchone()
        if not found or found[0] == 0:
            clock = fleet_clock(con)
            raise NightNotReady(
                f"The mart has no row for {as_of}: the landed telemetry reaches {clock.last_event_at}. Land the drops "
                "of that night and run `dbt build`, or choose an earlier night."
            )
