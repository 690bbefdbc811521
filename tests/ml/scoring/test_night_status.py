"""What becomes of a night: scored, silent in parts, or not scored at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pandas as pd
import pytest

from ml.mart.nights import NightNotReady
from ml.models.version import ModelVersion
from ml.scoring.night_status import NOT_SCORED, SCORED, night_of, not_scored, write_nights
from settings import Settings

NIGHT = datetime(2025, 3, 1, 6)
LAST = datetime(2025, 2, 28, 9)
VERSION = ModelVersion("nightshift", "4")


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Readings up to LAST, one of which was known only after NIGHT; a mart up to LAST's day."""
    with duckdb.connect() as con:
        con.execute("create table stg_telemetry (event_at timestamp, available_at timestamp)")
        con.execute("insert into stg_telemetry values (?, ?), (?, ?)",
                    [LAST, LAST, LAST + timedelta(hours=5), NIGHT + timedelta(hours=1)])  # fmt: skip
        con.execute("create table fleet_clock (last_event_at timestamp, known_until timestamp, fresh_until timestamp)")
        con.execute("insert into fleet_clock values (?, ?, ?)", [LAST, LAST, LAST + timedelta(hours=1)])
        con.execute("create table feature_mart as select ?::timestamp as as_of", [LAST - timedelta(hours=3)])
        yield con


def answers(*levels: str) -> pd.DataFrame:
    return pd.DataFrame({"risk_level": list(levels), "alert": [level == "high" for level in levels]})


def test_a_night_with_readings_is_scored(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    night = night_of(con, NIGHT, answers("high", "normal", "silent"), VERSION, settings)
    assert (night.status, night.machines, night.silent, night.alerts) == (SCORED, 3, 1, 1)
    assert night.note == "1 of 3 machines is silent."
    assert night.newest_reading_at == LAST, "a reading that came later was not known that night"


def test_machines_that_are_down_are_counted_in_its_note(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    night = night_of(con, NIGHT, answers("down", "normal", "silent"), VERSION, settings)
    assert (night.status, night.silent) == (SCORED, 1)
    assert night.note == "1 of 3 machines is silent. 1 of 3 machines is down."


def test_a_fleet_that_is_silent_as_a_whole_was_not_scored(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    night = night_of(con, NIGHT, answers("silent", "silent"), VERSION, settings)
    assert (night.status, night.machines, night.silent) == (NOT_SCORED, 2, 2)
    assert night.note.startswith("The last reading is of 2025-02-28 09:00, and a machine is silent after 12 h")


def test_a_night_beyond_the_data_was_not_scored(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    night = night_of(con, NIGHT, answers(), VERSION, settings)
    assert (night.status, night.machines, night.alerts) == (NOT_SCORED, 0, 0)
    assert night.note.startswith(
        "The last reading is of 2025-02-28 09:00, and by then a later one was due: telemetry_step_hours promises one "
        "every 1 h, feed_latency_hours that it comes within 0 h. Bring the telemetry feed back"
    )
    month_later = night_of(con, NIGHT + timedelta(days=45), answers(), VERSION, settings)
    assert month_later.newest_reading_at is None
    assert month_later.note.startswith("No reading came in the days before")


def test_a_night_that_should_be_in_the_mart_is_refused(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    with pytest.raises(NightNotReady, match="it reaches from 2025-02-28 06:00:00 to 2025-02-28 06:00:00"):
        night_of(con, LAST - timedelta(days=9), answers(), VERSION, settings)


def test_a_night_run_again_takes_the_place_of_what_was_said(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    dark = night_of(con, NIGHT, answers(), VERSION, settings)
    other = night_of(con, NIGHT + timedelta(days=1), answers(), VERSION, settings)
    assert len(not_scored(write_nights(con, [dark, other]))) == 2
    write_nights(con, [night_of(con, NIGHT, answers("normal"), VERSION, settings)])
    table = con.execute("select as_of, status from ml.nights order by as_of").fetchall()
    assert table == [(NIGHT, SCORED), (NIGHT + timedelta(days=1), NOT_SCORED)]
