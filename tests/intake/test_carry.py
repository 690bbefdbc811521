"""What the data can carry, counted by the rules of training itself."""

from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from intake.carry import Carries, carries
from intake.profile import Profile
from ml.training.shortage import MIN_FAILURES
from settings import ROOT, load_settings

LAST = datetime(2026, 1, 1)


def carried(failures: list[datetime], days: int) -> Carries:
    con = duckdb.connect()
    con.execute("create table raw_telemetry as select 'm' || range as machineID from range(20)")
    con.execute("create table raw_failures (machineID varchar, datetime timestamp)")
    for at, one in enumerate(failures):
        con.execute("insert into raw_failures values (?, ?)", [f"m{at % 20}", one])
    settings = load_settings(ROOT, {})
    profile = Profile(1, 20, 20, LAST - timedelta(days=days), LAST, 3600.0, 1.0)
    return carries(con, profile, settings.fleet, settings)


def every(step: int, days: int) -> list[datetime]:
    return [LAST - timedelta(days=back, hours=1) for back in range(0, days, step)] or [LAST - timedelta(days=1)]


def test_a_long_history_trains_tunes_and_judges() -> None:
    found = carried(every(2, 200), 200)
    assert found.trains
    assert found.training + found.folds + found.judged >= 95
    assert found.judged == pytest.approx(15, abs=1)
    assert found.precision is not None
    low, high = found.precision
    assert 0 < low < high <= 1
    assert not [text for text in found.advice if "needed" in text]


def test_fewer_failures_make_a_wider_interval() -> None:
    def width(found: Carries) -> float:
        low, high = found.precision or (0.0, 0.0)
        return high - low

    assert width(carried(every(15, 200), 200)) > 1.3 * width(carried(every(1, 200), 200))


def test_a_short_history_says_how_long_it_has_to_be() -> None:
    found = carried(every(5, 20), 20)
    assert not found.trains
    assert found.needed == MIN_FAILURES
    told = " ".join(found.advice)
    assert "The readings span 20 days" in told
    assert "`settings` of its vars" in told
    assert found.needed_days > 60


def test_without_a_failure_there_is_one_sentence() -> None:
    found: Any = carried([], 200)
    assert (found.trains, found.precision, len(found.advice)) == (False, None, 1)


def test_failures_of_one_machine_give_no_interval() -> None:
    found = carried([LAST - timedelta(days=9)], 200)
    assert (found.judged, found.precision) == (1, None)
