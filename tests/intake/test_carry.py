"""What the data can carry, counted by the rules of training itself."""

from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from intake.carry import Carries, carries, failing_rows
from intake.profile import Profile
from ml.mart.nights import label_delay
from ml.training.recipe import recipe_of
from ml.training.shortage import MIN_FAILURES
from ml.training.shrinking import fitting_recipe
from ml.training.time_split import time_split
from settings import ROOT, load_settings

LAST = datetime(2026, 1, 1)
DAY = timedelta(days=1)


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
    assert found.training + found.judged >= 95
    assert found.folds == pytest.approx(15, abs=1)
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
    found = carried(every(7, 20), 20)
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


def test_folds_shrink_as_training_shrinks_them_and_it_is_said() -> None:
    """The same figures from one owner: what fits here is what training would take."""
    failures = every(4, 60)
    found = carried(failures, 60)
    settings = load_settings(ROOT, {})
    rows = failing_rows(
        [(f"m{at % 20}", one) for at, one in enumerate(failures)], LAST - 60 * DAY, LAST, settings.fleet
    )
    taken, told = fitting_recipe(recipe_of(settings), LAST, rows)
    assert found.trains
    assert found.split == time_split(LAST, taken)
    assert told
    assert found.advice[0] == settings.placed(told)


@pytest.mark.parametrize("at", [LAST - 9 * DAY, LAST - 9 * DAY + timedelta(minutes=1), LAST - timedelta(hours=30)])
def test_the_rows_before_a_failure_are_those_of_the_mart(at: datetime) -> None:
    """Each snapshot whose horizon holds it, and whose outcome is known by the last reading."""
    fleet = load_settings(ROOT, {}).fleet
    rows = failing_rows([("m", at)], LAST - 99 * DAY, LAST, fleet)
    step, horizon = timedelta(hours=fleet.snapshot_every_hours), timedelta(hours=fleet.horizon_hours)
    midnight = datetime(2025, 12, 1)
    expected = [one for one in (midnight + n * step for n in range(40 * DAY // step))
                if one < at <= one + horizon and one <= LAST - label_delay(fleet)]  # fmt: skip
    assert sorted(rows["as_of"]) == expected
