"""Which times of readings are believed: no lone row moves the fleet's clock, and nothing true is held back for good."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingestion.landed_files
import ingestion.looks
from ingestion.plausible_times import History, Stretch, lonely_stretches, within_bounds
from settings import PlausibleClock
from tests.ingestion.landing_kit import TELEMETRY, Kit

CLOCK = PlausibleClock()
NOW = datetime(2026, 6, 1, 6)
START = datetime(2025, 1, 1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def stretch(day: float, rows: int, machines: int = 1, days: float = 0) -> Stretch:
    """From `day` days after START on."""
    return Stretch(START + day * DAY, START + (day + days) * DAY, rows, machines)


def lonely(found: list[Stretch], history: History | None = None, now: datetime = NOW) -> list[Stretch]:
    return lonely_stretches(found, history or History(), now, CLOCK)


BULK = stretch(0, 14_400, machines=10, days=60)
LANDED = History(Stretch(BULK.first, BULK.last, BULK.rows, 0))


@pytest.mark.parametrize("day", [70, 90, 330, 400, -20, -365, -9000])
def test_one_row_far_from_the_bulk_of_its_file_is_set_aside(day: float) -> None:
    row = stretch(day, 1)
    assert lonely(sorted([BULK, row], key=lambda one: one.first)) == [row]


@pytest.mark.parametrize("day", [110, 330, -50, -365])
def test_one_row_in_a_file_of_its_own_far_from_what_has_landed_is_set_aside(day: float) -> None:
    assert lonely([stretch(day, 1)], LANDED) == [stretch(day, 1)]


def test_one_row_beside_a_small_night_is_set_aside() -> None:
    night, row = stretch(60, 10, machines=10), stretch(330, 1)
    assert lonely([night, row], LANDED) == [row]


def test_several_bad_clocks_are_all_set_aside() -> None:
    bad = [stretch(day, 1) for day in (-400, -200, 100, 130, 250, 400)]
    assert lonely([*bad[:2], BULK, *bad[2:]]) == bad


def test_a_gateway_that_is_months_ahead_for_a_week_is_set_aside_however_many_its_rows() -> None:
    bad = stretch(200, 168, machines=1, days=7)
    assert lonely([BULK, bad]) == [bad]


@pytest.mark.parametrize(
    ("found", "history"),
    [
        pytest.param([stretch(0, 1)], History(), id="the first row of all"),
        pytest.param([stretch(0, 2), stretch(12, 1)], History(), id="a first small file with a pause"),
        pytest.param([stretch(61, 1)], LANDED, id="one reading a day, a file each"),
        pytest.param([stretch(60 + 21, 1)], LANDED, id="a night after an outage of three weeks"),
        pytest.param([BULK, stretch(90, 14_400, 10, 60)], History(), id="a true gap in a file"),
        pytest.param([BULK, stretch(90, 240, 10, 1)], History(), id="all machines again for a day, after a gap"),
        pytest.param([stretch(160, 240, 10, 1)], LANDED, id="a night of all machines after a gap of months"),
        pytest.param([stretch(-800, 5_000, 1, 210)], LANDED, id="a new machine brings its past"),
        pytest.param([stretch(-800, 500, 1, 21), stretch(60, 240, 10, 1)], LANDED, id="past and night in one file"),
        pytest.param([stretch(30 * month, 1) for month in range(240)], History(), id="a reading a month"),
        pytest.param([stretch(10 * n, 10) for n in range(36)], History(), id="ten readings every ten days"),
        pytest.param([stretch(365, 3, days=6)], History(stretch(0, 1)), id="a year after the only row"),
        pytest.param([stretch(61 + 10 * n, 1) for n in range(4)], LANDED, id="a sparser feed goes on"),
    ],
)
def test_what_may_be_true_is_not_set_aside(found: list[Stretch], history: History) -> None:
    assert lonely(found, history) == []


def test_a_clock_that_agrees_with_ours_is_right() -> None:
    row = Stretch(NOW - HOUR, NOW - HOUR, 1, 1)
    assert lonely([row], LANDED) == []
    assert lonely([BULK, row]) == [row], "but one row of an export that ends long ago does not move the clock"


def test_later_rows_confirm_earlier_ones() -> None:
    nights = [stretch(160 + n, 5, machines=5) for n in range(5)]
    history = LANDED
    verdicts = []
    for night in nights:
        aside = lonely([night], history)
        verdicts.append(bool(aside))
        history = History(history.landed, (*history.aside, *aside))
    assert verdicts == [True, True, True, True, False]
    assert History(Stretch(BULK.first, nights[-1].last, 1, 0)).may_land_now(nights[0].first, NOW, CLOCK)


stretches = st.lists(
    st.tuples(st.floats(8, 500), st.integers(1, 5_000), st.integers(1, 20), st.floats(0, 200)), min_size=1, max_size=8
)


def laid_out(parts: list[tuple[float, int, int, float]]) -> list[Stretch]:
    found, day = [], 0.0
    for pause, rows, machines, days in parts:
        found.append(stretch(day + pause, rows, machines, days))
        day += pause + days
    return found


@given(stretches, st.none() | st.tuples(st.floats(-1000, 3000), st.integers(1, 10**6), st.floats(0, 1000)))
def test_only_ends_are_set_aside_and_never_all_or_the_largest(
    parts: list[tuple[float, int, int, float]], landed: tuple[float, int, float] | None
) -> None:
    found = laid_out(parts)
    history = History(stretch(landed[0], landed[1], 0, landed[2])) if landed else History()
    aside = lonely(found, history)
    kept = [one for one in found if one not in aside]
    if landed is None:
        assert kept, "something of a first file lands"
        assert max(one.rows for one in found) == max(one.rows for one in kept)
        assert kept == found[found.index(kept[0]) : found.index(kept[-1]) + 1], "only ends go"
    assert sum(one.rows for one in aside) <= sum(one.rows for one in found)
    assert lonely(kept, history) == [] or landed is not None


@given(stretches, st.floats(8, 3000), st.booleans())
def test_a_lone_row_beyond_any_bulk_never_moves_an_end(
    parts: list[tuple[float, int, int, float]], away: float, late: bool
) -> None:
    bulk = [Stretch(one.first, one.last, one.rows + 100, 10) for one in laid_out(parts)]
    row = stretch(away, 1)
    at = bulk[-1].last + away * DAY if late else bulk[0].first - away * DAY
    row = Stretch(at, at, 1, 1)
    found = [*bulk, row] if late else [row, *bulk]
    assert row in lonely(found, now=datetime(2060, 1, 1))


@given(st.integers(1, 400), st.integers(1, 45), st.integers(1, 50), st.integers(1, 10))
def test_a_feed_that_goes_on_within_reach_always_lands(days: int, pause: int, rows: int, machines: int) -> None:
    history = History(stretch(0, 24 * days * machines, 0, days))
    assert lonely([stretch(days + pause, rows, machines)], history) == []


def test_bounds_of_every_feed() -> None:
    assert within_bounds(NOW + timedelta(minutes=60), NOW, CLOCK)
    assert not within_bounds(NOW + timedelta(minutes=61), NOW, CLOCK)
    assert within_bounds(datetime(1990, 1, 1), NOW, CLOCK)
    assert not within_bounds(datetime(1970, 1, 1), NOW, CLOCK)


def readings(first: datetime, hours: int, machines: int = 4) -> str:
    return "".join(f"{first + n * HOUR},{m},170,440,100,40\n" for n in range(hours) for m in range(1, machines + 1))


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


@pytest.mark.parametrize("odd", ["2025-09-28 00:00:00", "2000-01-01 00:00:00", "1970-01-01 00:00:00", "2160-01-01"])
@pytest.mark.parametrize("dirt", ["", "soon,1,1,1,1,1\n"], ids=["alone", "beside another bad row"])
def test_one_bad_clock_costs_itself_only(kit: Kit, odd: str, dirt: str) -> None:
    summary = kit.landed(TELEMETRY + readings(START, 100) + f"{odd},1,170,440,100,40\n" + dirt)
    assert kit.rows("select min(datetime), max(datetime), count(*) from raw.telemetry") == [
        (START, START + 99 * HOUR, 400)
    ]
    [(line, reason), *_] = kit.reasons()
    assert line == 402
    assert odd in reason
    assert summary.landed[-1].held == 1
    [found] = [found for found in summary.findings if found.kind == "implausible time"]
    assert (found.count, found.column) == (1, "datetime")
    assert odd in found.example


def test_what_was_set_aside_lands_once_other_readings_reach_there(kit: Kit) -> None:
    kit.landed(TELEMETRY + readings(START, 100) + "2025-04-01 00:00:00,1,170,440,100,40\n")
    assert not kit.land().landed
    kit.landed(TELEMETRY + readings(datetime(2025, 3, 28), 48), "telemetry_2.csv")
    [again] = kit.land().landed
    assert (again.file, again.rows, again.duplicates, again.held) == ("PdM_telemetry.csv", 1, 400, 0)
    assert kit.rows("select max(datetime) from raw.telemetry") == [(datetime(2025, 4, 1),)]
    assert not kit.land().landed


def test_a_file_that_lands_again_for_its_rest_corrects_nothing(kit: Kit) -> None:
    kit.landed(TELEMETRY + readings(START, 100) + "2025-04-01 00:00:00,1,170,440,100,40\n")
    kit.landed(f"{TELEMETRY}{START},1,175,,,\n", "telemetry_1.csv")
    kit.landed(TELEMETRY + readings(datetime(2025, 3, 28), 48), "telemetry_2.csv")
    assert [file.rows for file in kit.land().landed] == [1]
    assert kit.rows(
        "select max_by(volt, _file_id) from raw.telemetry where datetime = ? and machineID = '1'", START
    ) == [(175,)]


def test_a_gateway_that_is_hours_ahead_waits_for_its_time(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    now = ingestion.looks.now_utc().replace(microsecond=0)
    rows = readings(now - 10 * HOUR, 10) + f"{now + 3 * HOUR},4,170,440,100,40\n"
    assert kit.landed(TELEMETRY + rows).landed[-1].held == 1
    assert not kit.land().landed
    monkeypatch.setattr(ingestion.landed_files, "now_utc", lambda: now + 4 * HOUR)
    [again] = kit.land().landed
    assert again.duplicates == 40


@pytest.mark.parametrize("dirt", ["", "soon,1,error9\n"], ids=["alone", "beside another bad row"])
def test_an_event_may_be_an_hour_ahead_and_no_more(kit: Kit, dirt: str) -> None:
    now = ingestion.looks.now_utc().replace(microsecond=0)
    times = {"error1": now + 0.5 * HOUR, "error2": now + 1.5 * HOUR, "error3": now + 3 * DAY, "error4": now + 900 * DAY}
    rows = "".join(f"{at},1,{code}\n" for code, at in times.items())
    kit.drop("PdM_errors.csv", "datetime,machineID,errorID\n" + rows + dirt)
    kit.landed(TELEMETRY + readings(now - 10 * HOUR, 10))
    assert kit.rows("select errorID from raw.errors") == [("error1",)]
    assert [line for line, _ in kit.reasons()] == [3, 4, 5] + ([6] if dirt else [])


def test_nights_and_their_outages_all_land(kit: Kit) -> None:
    day = START
    for number, pause in enumerate((0, 1, 1, 21, 1, 40, 1)):
        day += pause * DAY
        kit.drop(f"telemetry_{number}.csv", f"{TELEMETRY}{day},1,170,440,100,40\n")
    kit.land()
    assert kit.rows("select count(*) from raw.telemetry") == [(7,)]
    assert kit.reasons() == []
