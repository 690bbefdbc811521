"""Rows of one machine and time speak together: a value corrects a value, an empty cell says nothing."""

import itertools
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingestion.landing_kit import ROW, TELEMETRY, Kit

AT = "2025-01-01 06:00:00,1"
SENSORS = ("volt", "rotate", "pressure", "vibration")


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


def merged(kit: Kit) -> list[tuple[object, ...]]:
    """The last value of each sensor, by file: what staging makes of the raw rows."""
    last = ", ".join(f"max_by({name}, _file_id) filter (where {name} is not null)" for name in SENSORS)
    return kit.rows(f"select {last} from raw.telemetry group by datetime, machineID order by datetime, machineID")


def test_a_tag_a_row_is_kept_row_by_row(kit: Kit) -> None:
    kit.landed(f"{TELEMETRY}{AT},1,,,\n{AT},,2,,\n{AT},,,3,\n{AT},,,,4\n")
    assert kit.rows("select count(*) from raw.telemetry") == [(4,)]
    assert merged(kit) == [(1, 2, 3, 4)]
    assert kit.reasons() == []


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_two_systems_and_a_full_copy_in_any_order(kit: Kit, order: tuple[int, ...]) -> None:
    files = [f"{AT},1,2,,\n", f"{AT},,,3,4\n", f"{AT},1,2,3,4\n"]
    for number, one in enumerate(order):
        kit.drop(f"telemetry_{number}.csv", TELEMETRY + files[one])
    summary = kit.land()
    assert merged(kit) == [(1, 2, 3, 4)]
    assert not summary.rejected["telemetry"]
    assert summary.duplicates == (2, 1, 1)[order.index(2)]


def test_a_sensor_a_file(kit: Kit) -> None:
    kit.drop("telemetry_rotate.csv", "datetime,machineID,rotate\n2025-01-01 06:00:00,1,418.5\n")
    kit.drop("telemetry_volt.csv", "datetime,machineID,volt\n2025-01-01 06:00:00,1,176.2\n")
    kit.land()
    assert merged(kit) == [(176.2, 418.5, None, None)]


def test_within_a_file_the_last_value_of_each_sensor_counts(kit: Kit) -> None:
    summary = kit.landed(f"{TELEMETRY}{AT},1,2,,\n{AT},5,,3,\n{AT},,,,\n{AT},,2,,\n")
    assert merged(kit) == [(5, 2, 3, None)]
    assert kit.reasons() == [
        (2, "superseded by line 5 of the same file"),
        (4, "repeats line 3 of the same file"),
    ]
    assert [found.count for found in summary.findings if found.kind == "conflicting rows"] == [1]


def test_a_value_out_of_range_corrects_none_within_it(kit: Kit) -> None:
    """As it would from another file, where both are kept; alone it is kept too, for no feature sees it."""
    kit.landed(f"{TELEMETRY}{AT},170,2,,-9999\n{AT},-9999,,3,-9998\n")
    assert merged(kit) == [(170, 2, 3, -9998)]
    kit.landed(f"{TELEMETRY}2025-01-01 07:00:00,1,170,,,\n2025-01-01 07:00:00,1,-9999,,,\n")
    assert kit.rows("select volt from raw.telemetry where datetime = timestamp '2025-01-01 07:00'") == [(170,)]
    told = "outside the range of its sensors, where an earlier line of the same file is within"
    assert (3, told) in kit.reasons()


def test_a_row_that_says_nothing_is_a_repeat(kit: Kit) -> None:
    kit.landed(f"{TELEMETRY}{ROW}{AT},,,,\n")
    assert kit.rows("select volt from raw.telemetry") == [(170,)]
    assert kit.reasons() == [(3, "repeats line 2 of the same file")]


def test_a_row_that_is_half_superseded_keeps_its_other_half(kit: Kit) -> None:
    kit.landed(f"{TELEMETRY}{AT},1,2,,\n{AT},5,,,\n")
    assert merged(kit) == [(5, 2, None, None)]
    assert kit.rows("select volt, rotate from raw.telemetry order by volt") == [(5, None), (None, 2)]


def test_a_removed_word_takes_a_value_back_and_an_empty_cell_does_not(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW)
    kit.landed(f"{TELEMETRY}{AT},removed,,,\n", "telemetry_2.csv")
    [(volt, rotate, *_)] = merged(kit)
    assert str(volt) == "nan"
    assert rotate == 440
    assert kit.landed(f"{TELEMETRY}{AT},Removed,440,,\n", "telemetry_3.csv").duplicates == 1


cell = st.none() | st.integers(1, 3)
row = st.tuples(st.integers(6, 8), *[cell] * 4)


@settings(max_examples=25)
@given(files=st.lists(st.lists(row, min_size=1, max_size=6), min_size=1, max_size=3))
def test_any_rows_in_any_files(
    files: list[list[tuple[int | None, ...]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    kit = Kit(tmp_path_factory.mktemp("merge"))
    wanted: dict[datetime, list[int | None]] = {}
    for number, rows in enumerate(files):
        lines = [f"2025-01-01 {hour:02}:00:00,1," + ",".join("" if c is None else str(c) for c in cells)
                 for hour, *cells in rows]  # fmt: skip
        kit.drop(f"telemetry_{number}.csv", TELEMETRY + "\n".join(lines) + "\n" + "\n" * number)
        for hour, *cells in rows:
            old = wanted.setdefault(datetime(2025, 1, 1, hour or 0), [None] * 4)
            wanted[datetime(2025, 1, 1, hour or 0)] = [
                new if new is not None else before for new, before in zip(cells, old, strict=True)
            ]
    summary = kit.land()
    assert merged(kit) == [tuple(wanted[at]) for at in sorted(wanted)]
    landed = sum(file.rows + file.rejected + file.duplicates for file in summary.landed if file.feed == "telemetry")
    assert landed == sum(len(rows) for rows in files)
    agree = " and ".join(f"count(distinct {name}) <= 1" for name in SENSORS)
    assert kit.rows(f"select 1 from raw.telemetry group by datetime, _file_id having not ({agree})") == []
