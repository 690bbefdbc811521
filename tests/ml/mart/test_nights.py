"""Which nights the data are fresh enough for."""

from datetime import date, datetime, timedelta

import duckdb
import pytest

from ml.mart.nights import FleetClock, NightNotReady, fleet_clock, last_nights, nights_to_replay

LAST = datetime(2025, 3, 1, 5, 50)


def replayed(fresh_until: datetime, mart: list[datetime], hour: int, count: int) -> list[date]:
    with duckdb.connect() as con:
        con.execute("create table fleet_clock (last_event_at timestamp, known_until timestamp, fresh_until timestamp)")
        con.execute("insert into fleet_clock values (?, ?, ?)", [LAST, LAST, fresh_until])
        con.execute("create table feature_mart (machine_id varchar, as_of timestamp)")
        con.executemany("insert into feature_mart values ('1', ?)", [[as_of] for as_of in [*mart, *mart]])
        return nights_to_replay(con, hour, count)


def nights(first: int, last: int, hour: int) -> list[datetime]:
    """Snapshots of February (and March, from 29 on) at the hour and half an hour later."""
    days = [datetime(2025, 2, 1, hour) + timedelta(days=day - 1) for day in range(first, last + 1)]
    return [as_of for day in days for as_of in (day, day + timedelta(minutes=30))]


def test_the_last_night_is_one_that_the_feed_is_fresh_enough_for() -> None:
    fresh = FleetClock(LAST, LAST, datetime(2025, 3, 1, 6, 50))
    assert last_nights(fresh, 6, 2) == [date(2025, 2, 28), date(2025, 3, 1)]
    assert last_nights(fresh, 7, 1) == [date(2025, 2, 28)]
    mart = nights(1, 29, 6) + nights(1, 29, 7)
    assert replayed(fresh.fresh_until, mart, 6, 2) == [date(2025, 2, 28), date(2025, 3, 1)]
    assert replayed(fresh.fresh_until, mart, 7, 1) == [date(2025, 2, 28)]


def test_the_feed_may_be_fresh_over_midnight() -> None:
    fresh = FleetClock(LAST, LAST, datetime(2025, 3, 2, 5, 50))
    assert last_nights(fresh, 4, 1) == [date(2025, 3, 2)]
    assert last_nights(fresh, 6, 1) == [date(2025, 3, 1)]


def test_a_short_history_holds_fewer_nights_and_none_before_its_first() -> None:
    assert replayed(datetime(2025, 3, 1, 6), nights(28, 29, 6), 6, 14) == [date(2025, 2, 28), date(2025, 3, 1)]


def test_nights_without_a_machine_in_service_are_none() -> None:
    mart = nights(10, 14, 6) + nights(17, 19, 6)
    assert replayed(datetime(2025, 3, 1, 6), mart, 6, 14) == [date(2025, 2, day) for day in (17, 18, 19)]


def test_a_mart_without_a_night_says_what_there_is() -> None:
    with pytest.raises(NightNotReady, match="The data hold no night yet"):
        replayed(datetime(2025, 3, 1, 6), nights(1, 29, 7), 6, 14)


def test_a_home_of_which_nothing_is_built_asks_for_a_build() -> None:
    with duckdb.connect() as con, pytest.raises(NightNotReady, match=r"Nothing has been built .* run `dbt build`"):
        fleet_clock(con)


def test_the_clock_of_an_earlier_version_asks_for_a_build_of_all_history() -> None:
    with duckdb.connect() as con:
        con.execute(
            "create table fleet_clock as select now()::timestamp as last_event_at, now()::timestamp as known_until"
        )
        with pytest.raises(NightNotReady, match=r"earlier version\. Run `dbt build --full-refresh`"):
            fleet_clock(con)
