"""Which nights the data are fresh enough for."""

from datetime import date, datetime

import duckdb
import pytest

from ml.mart.nights import FleetClock, NightNotReady, fleet_clock, last_nights

LAST = datetime(2025, 3, 1, 5, 50)


def test_the_last_night_is_one_that_the_feed_is_fresh_enough_for() -> None:
    fresh = FleetClock(LAST, LAST, datetime(2025, 3, 1, 6, 50))
    assert last_nights(fresh, 6, 2) == [date(2025, 2, 28), date(2025, 3, 1)]
    assert last_nights(fresh, 7, 1) == [date(2025, 2, 28)]


def test_the_feed_may_be_fresh_over_midnight() -> None:
    fresh = FleetClock(LAST, LAST, datetime(2025, 3, 2, 5, 50))
    assert last_nights(fresh, 4, 1) == [date(2025, 3, 2)]
    assert last_nights(fresh, 6, 1) == [date(2025, 3, 1)]


def test_the_clock_of_an_earlier_version_asks_for_a_build_of_all_history() -> None:
    with duckdb.connect() as con:
        con.execute(
            "create table fleet_clock as select now()::timestamp as last_event_at, now()::timestamp as known_until"
        )
        with pytest.raises(NightNotReady, match=r"earlier version\. Run `dbt build --full-refresh`"):
            fleet_clock(con)
