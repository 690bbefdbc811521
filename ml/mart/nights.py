"""Nights: a night is named by its date and stands at the scoring hour."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import duckdb

from settings import Fleet
from warehouse.tables import column_names, relations

REBUILD = "dbt build --full-refresh"


class NightNotReady(RuntimeError):
    """A night that cannot be scored yet; the message says what is missing and what to run."""


@dataclass(frozen=True)
class FleetClock:
    """How far the landed data reach: the last reading, and the moment until which everything due has come in.

    A night may be scored until `fresh_until`: no further reading is due before.
    """

    last_event_at: datetime
    known_until: datetime
    fresh_until: datetime


def fleet_clock(con: duckdb.DuckDBPyConnection) -> FleetClock:
    """Read the clock. Raises NightNotReady where nothing or no telemetry has been built, or by an earlier version."""
    if not con.execute("select 1 from information_schema.tables where table_name = 'fleet_clock'").fetchone():
        raise NightNotReady("Nothing has been built of what has landed: run `dbt build`, then this again.")
    if "fresh_until" not in column_names(con, "fleet_clock"):
        raise NightNotReady(f"The tables were built by an earlier version. Run `{REBUILD}`, then `make train`.")
    rows = con.execute("select last_event_at, known_until, fresh_until from fleet_clock").fetchall()
    if not rows or rows[0][0] is None:
        raise NightNotReady("The warehouse holds no telemetry: land it and run `dbt build`.")
    return FleetClock(*rows[0])


def labels_known_until(con: duckdb.DuckDBPyConnection, fleet: Fleet) -> datetime:
    """Up to when labels that are due (`label_delay`) are known: by the clock, or earlier where the failures are behind.

    Raises NightNotReady as `fleet_clock`.
    """
    clock = fleet_clock(con)
    if "main.feed_reach" not in relations(con):  # built by an earlier version
        return clock.known_until
    [(reach,)] = con.execute("select reaches_until from feed_reach where feed = 'failures'").fetchall()
    return min(clock.known_until, reach + timedelta(hours=fleet.feed_latency_hours.failures))


def as_of_night(night: date, scoring_hour: int) -> datetime:
    """The moment (naive UTC) at which the night of a date is scored."""
    return datetime.combine(night, time(scoring_hour))


def last_nights(clock: FleetClock, scoring_hour: int, count: int) -> list[date]:
    """The dates of the last `count` nights that the data are fresh enough for, oldest first."""
    last = clock.fresh_until.date()
    if as_of_night(last, scoring_hour) > clock.fresh_until:
        last -= timedelta(days=1)
    return [last - timedelta(days=back) for back in reversed(range(count))]


def nights_to_replay(con: duckdb.DuckDBPyConnection, scoring_hour: int, count: int) -> list[date]:
    """The dates of the last nights in a row that the mart holds, `count` at most, oldest first.

    They end where the last machine is in service, and begin after the last night on which none was. Raises
    NightNotReady where the mart holds none.
    """
    clock = fleet_clock(con)
    found = con.execute(
        "select distinct as_of from feature_mart where as_of <= ? and extract(hour from as_of) = ? "
        "and extract(minute from as_of) = 0 order by as_of desc limit ?",
        [clock.fresh_until, scoring_hour, count],
    ).fetchall()
    nights = [as_of.date() for back, (as_of,) in enumerate(found) if as_of == found[0][0] - timedelta(days=back)]
    if not nights:
        raise NightNotReady(
            f"The data hold no night yet: no reading was known at a scoring hour ({scoring_hour}:00 UTC), and they "
            f"reach to {clock.last_event_at}. Land a longer history, or wait for the next night."
        )
    return nights[::-1]


def label_delay(fleet: Fleet, horizon: int = 0) -> timedelta:
    """How long after as_of a row's label is known: the horizon, until a failure is found, and the feed's latency.

    `horizon`: of a label that looks so many hours ahead; 0 is the fleet's first horizon.
    """
    hours = horizon or fleet.horizon_hours
    return timedelta(hours=hours + fleet.found_within_hours + fleet.feed_latency_hours.failures)
