"""Landing, row by row: what is stored, what is rejected with which line and reason."""

import csv
import io
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingestion.landing_kit import ROW, TELEMETRY, Kit
from warehouse.connection import connect


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2025-01-01 06:00:00", datetime(2025, 1, 1, 6)),
        ("2025-01-01T06:00:00", datetime(2025, 1, 1, 6)),
        ("2025-01-01T06:00:00.250", datetime(2025, 1, 1, 6, 0, 0, 250000)),
        ("2025-01-01T08:00:00+02:00", datetime(2025, 1, 1, 6)),
        ("2025-01-01 08:00+02", datetime(2025, 1, 1, 6)),
        ("2025-1-1 8:00+02:00", datetime(2025, 1, 1, 6)),  # as long as a plain one
        ("2025-01-01 08:00:00 +02:00", datetime(2025, 1, 1, 6)),
        ("2025-01-01T06:00:00Z", datetime(2025, 1, 1, 6)),
    ],
)
@pytest.mark.parametrize(
    "dirt", ["", "2025-01-01 06:00:00,9,abc,1,1,1\n", "soon,1,1,1,1,1\n"], ids=["typed", "by words", "exact"]
)
def test_times_become_naive_utc_in_every_reading_way(kit: Kit, text: str, stored: datetime, dirt: str) -> None:
    kit.landed(f"{TELEMETRY}{text},1,170,440,100,40\n{dirt}")
    assert kit.rows("select datetime from raw.telemetry where machineID = '1'") == [(stored,)]


@pytest.mark.parametrize("dirt", ["", "9,,,,soon\n", ",,,,\n"], ids=["typed", "by words", "exact"])
def test_when_a_machine_was_in_service_may_lie_ahead_and_costs_no_row(kit: Kit, dirt: str) -> None:
    kit.drop(
        "PdM_machines.csv",
        "machineID,model,age,in_service_from,in_service_until\n1,m,1,2020-01-01,9999-12-31\n2,m,1,,infinity\n"
        f"3,m,1,1950-06-01 08:00:00+02:00,NA\n{dirt}",
    )
    kit.landed(TELEMETRY + ROW)
    found = kit.rows("select machineID, in_service_from, in_service_until from raw.machines order by 1")
    assert found[:3] == [
        ("1", datetime(2020, 1, 1), datetime(9999, 12, 31)),
        ("2", None, None),
        ("3", datetime(1950, 6, 1, 6), None),
    ]
    assert found[3:] == ([("9", None, None)] if "soon" in dirt else [])
    odd = dict(kit.rows("select kind, occurrences from raw.findings where column_name = 'in_service_until'"))
    assert odd.get("unreadable", 0) >= ("soon" in dirt)


def test_an_end_lands_with_its_failure_and_a_second_report_may_bring_it(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW)
    kit.drop("PdM_failures.csv", "datetime,machineID,failure\n2025-01-01 06:00:00,1,comp1\n")
    kit.land()
    kit.drop(
        "PdM_failures_2.csv", "datetime,machineID,failure,ended_at\n2025-01-01 06:00:00,1,comp1,2025-01-01 09:00:00\n"
    )
    kit.land()
    ends = kit.rows("select ended_at from raw.failures order by _file_id")
    assert ends == [(None,), (datetime(2025, 1, 1, 9),)]


def test_when_a_component_was_last_known_to_work_is_left_out_where_it_cannot_be_read(kit: Kit) -> None:
    """The failure stays; a moment after it lands too, and the tables leave it out (`good after failure`)."""
    kit.landed(TELEMETRY + ROW)
    reports = ("2025-01-01 06:00:00,1,comp1,2024-12-31", "2025-01-01 07:00:00,1,comp1,before lunch",
               "2025-01-01 08:00:00,1,comp1,2025-01-01 09:00:00", "2025-01-01 09:00:00,1,comp1,")  # fmt: skip
    kit.drop("PdM_failures.csv", "\n".join(["datetime,machineID,failure,known_good_at", *reports, ""]))
    kit.land()
    worked = kit.rows("select known_good_at from raw.failures order by datetime")
    assert worked == [(datetime(2024, 12, 31),), (None,), (datetime(2025, 1, 1, 9),), (None,)]
    odd = kit.rows("select kind, column_name, occurrences from raw.findings where feed = 'failures'")
    assert odd == [("unreadable", "known_good_at", 1)]
    assert kit.rows("select count(*) from raw.rejected where feed = 'failures'") == [(0,)]


@pytest.mark.parametrize("moment", ["10000-01-01 00:00:00", "99999-01-01 00:00:00", "0001-01-01 00:00:00 (BC)"])
def test_a_moment_beyond_the_calendar_costs_its_row_and_no_later_landing(kit: Kit, moment: str) -> None:
    """DuckDB has years that Python has not: set aside for good, such a moment would end every later landing."""
    kit.landed(TELEMETRY + ROW + f"{moment},1,170,440,100,40\n")
    kit.drop("PdM_failures.csv", f"datetime,machineID,failure,ended_at\n2025-01-01 06:00:00,1,comp1,{moment}\n")
    for _ in range(2):
        kit.land()
    [(line, reason)] = kit.reasons()
    assert (line, reason.startswith(f'datetime is "{moment}": ')) == (3, True)
    assert kit.rows("select count(*), count(ended_at) from raw.failures") == [(1, 0)]
    assert kit.rows("select count(*) from raw.telemetry") == [(1,)]
    assert kit.rows("select held from raw.landed_files where feed = 'telemetry'") == [(0,)]


def test_failures_of_an_earlier_version_get_the_columns_that_came_since(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW)
    kit.drop("PdM_failures.csv", "datetime,machineID,failure\n2025-01-01 06:00:00,1,comp1\n")
    kit.land()
    with connect(kit.warehouse) as con:
        con.execute("alter table raw.failures drop column known_good_at")
    kit.drop("PdM_failures_2.csv", "datetime,machineID,failure,known_good_at\n2025-01-02 06:00:00,1,comp1,2025-01-01\n")
    kit.land()
    worked = kit.rows("select known_good_at from raw.failures order by datetime")
    assert worked == [(None,), (datetime(2025, 1, 1),)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2025-01-01 07:00:00,1,1,1,1", "5 columns where the header has 6"),
        ("2025-01-01 07:00:00,1,1,1,1,1,9", "7 columns where the header has 6"),
        ("yesterday,1,1,1,1,1", 'datetime is "yesterday": not a time such as 2025-01-31 06:00:00'),
        ("infinity,1,1,1,1,1", 'datetime is "infinity": later than the moment of landing'),
        ("2150-01-01 07:00:00,1,1,1,1,1", 'datetime is "2150-01-01 07:00:00": later than the moment of landing'),
        ("15-01-01 07:00:00,1,1,1,1,1", 'datetime is "15-01-01 07:00:00": earlier than 1990-01-01, the earliest of'),
        (",1,1,1,1,1", "datetime is missing"),
        ("2025-01-01 07:00:00, ,1,1,1,1", "machineID is missing"),
        ('2025-01-01 07:00:00,"1"x,1,1,1,1', "broken quoting"),
        ('2025-01-01 07:00:00,"1,1,1,1,1', "a quote is opened and never closed"),
    ],
)
def test_an_unusable_row_is_rejected_with_line_and_reason_and_the_good_ones_kept(
    kit: Kit, row: str, reason: str
) -> None:
    summary = kit.landed(f"{TELEMETRY}{ROW}\n{row}\n{ROW.replace('06:00', '08:00')}")
    [(line, said)] = kit.reasons()
    assert line == 4
    assert said.startswith(reason)
    assert kit.rows("select file, feed, row_text from raw.rejected") == [("PdM_telemetry.csv", "telemetry", row)]
    assert summary.rows["telemetry"] == 2
    assert summary.rejected["telemetry"] == 1


def test_lines_count_breaks_inside_quotes(kit: Kit) -> None:
    kit.landed(f'{TELEMETRY}2025-01-01 06:00:00,"a\nb",1,1,1,1\nx,1,1,1,1,1\n')
    assert kit.reasons() == [(4, 'datetime is "x": not a time such as 2025-01-31 06:00:00')]
    assert kit.rows("select machineID from raw.telemetry") == [("a\nb",)]


@pytest.mark.parametrize(("breaks", "lands"), [(50, True), (51, False)])
def test_a_quoted_cell_reaches_over_fifty_line_breaks_and_an_open_quote_over_its_line_only(
    kit: Kit, breaks: int, lands: bool
) -> None:
    """What one stray quote may cost is bounded, and a note of many lines is none."""
    name, dirt = "a" + breaks * "\n" + "b", "x,1,1,1,1,1\n"
    kit.landed(f'{TELEMETRY}2025-01-01 06:00:00,"{name}",1,1,1,1\n{ROW}{dirt}')
    assert kit.rows("select distinct machineID from raw.telemetry order by 1") == [("1",)] + lands * [(name,)]
    lines = [line for line, _ in kit.reasons()]
    assert lines[-1] == breaks + 4
    assert lands == (len(lines) == 1)
    assert lands or kit.reasons()[0] == (2, "a quote is opened and never closed")


@pytest.mark.parametrize("cell", ["", '""', "nan", "NaN"])
def test_an_empty_or_nan_reading_is_missing_and_its_row_kept(kit: Kit, cell: str) -> None:
    kit.landed(f"{TELEMETRY}2025-01-01 06:00:00,1,{cell},440,100,40\n")
    assert kit.rows("select volt, rotate from raw.telemetry") == [(None, 440.0)]


def test_available_at_is_kept_and_never_before_the_event(kit: Kit) -> None:
    header = TELEMETRY.replace("\n", ",available_at\n")
    row = ROW.strip()
    kit.landed(f"{header}{row},2025-01-01T07:00:00Z\n{row.replace('06:', '07:')},2025-01-01 06:59:59\n{row},soon\n")
    assert kit.rows("select available_at from raw.telemetry") == [(datetime(2025, 1, 1, 7),)]
    assert [line for line, _ in kit.reasons()] == [3, 4]
    assert "earlier than datetime" in kit.reasons()[0][1]


def test_repeats_within_a_file_are_stored_once_and_name_the_line_they_repeat(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW + ROW)
    assert kit.rows("select count(*) from raw.telemetry") == [(1,)]
    assert kit.reasons() == [(3, "repeats line 2 of the same file")]


def test_within_a_file_the_later_line_corrects_the_earlier(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW + ROW.replace("170", "175"))
    assert kit.rows("select volt from raw.telemetry") == [(175.0,)]
    assert kit.reasons() == [(2, "superseded by line 3 of the same file")]


def test_a_value_set_back_within_a_file_stands(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW + ROW.replace("170", "175") + ROW)
    assert kit.rows("select volt from raw.telemetry") == [(170.0,)]
    assert [line for line, _ in kit.reasons()] == [3, 4]


def test_the_same_reading_known_at_two_times_is_two_rows(kit: Kit) -> None:
    header, row = TELEMETRY.replace("\n", ",available_at\n"), ROW.strip()
    kit.landed(f"{header}{row},2025-01-01 07:00:00\n{row},2025-01-01 08:00:00\n")
    assert kit.rows("select count(*) from raw.telemetry") == [(2,)]
    assert kit.reasons() == []


def test_overlapping_files_store_a_row_once_and_a_correction_beside_it(kit: Kit) -> None:
    kit.drop("PdM_telemetry_1.csv", TELEMETRY + ROW + ROW.replace("06:", "07:"))
    kit.drop("PdM_telemetry_2.csv", TELEMETRY + ROW + ROW.replace("06:", "07:").replace("170", "9"))
    summary = kit.land()
    assert summary.duplicates == 1
    stored = kit.rows("select hour(datetime), volt, _file_id from raw.telemetry order by all")
    assert stored == [(6, 170.0, 2), (7, 9.0, 3), (7, 170.0, 2)]
    kit.drop("PdM_telemetry_3.csv", TELEMETRY + ROW.replace("06:", "07:"))  # and set back again
    assert kit.land().duplicates == 0


def test_rows_lie_in_time_order_inside_a_file(kit: Kit) -> None:
    rows = [f"2025-01-01 {hour:02}:00:00,{machine},1,1,1,1\n" for machine in "21" for hour in (9, 3, 6)]
    kit.landed(TELEMETRY + "".join(rows))
    stored = kit.rows("select datetime, machineID from raw.telemetry")
    assert stored == sorted(stored)
    assert len(stored) == 6


def test_parquet_says_the_same_as_csv_and_counts_rows(kit: Kit) -> None:
    times = pd.DatetimeIndex([pd.Timestamp("2025-01-01 06:00"), pd.Timestamp("2025-01-01 07:00"), pd.NaT])
    frame = pd.DataFrame(
        {
            "datetime": times.tz_localize("Europe/Berlin"),
            "machineid": [1.0, 2.0, 1.0],
            "volt": [170.5, None, 1.0],
            "rotate": [1, 2, 3],
            "pressure": ["1", "2", "3"],
            "vibration": [1.0, float("nan"), 1.0],
        }
    )
    frame.to_parquet(kit.drops / "telemetry.parquet")
    kit.land()
    assert kit.rows("select datetime, machineID, volt, vibration from raw.telemetry") == [
        (datetime(2025, 1, 1, 5), "1", 170.5, 1.0),
        (datetime(2025, 1, 1, 6), "2", None, None),
    ]
    assert kit.reasons() == [(3, "datetime is missing")]


@pytest.mark.parametrize("dirt", ["", "x\n"], ids=["fast", "exact"])
def test_ids_are_trimmed_of_white_space_and_of_nothing_else(kit: Kit, dirt: str) -> None:
    kit.landed(f"{TELEMETRY}2025-01-01 06:00:00,\u00a0 vnf\t,1,1,1,1\n{dirt}")
    assert kit.rows("select machineID from raw.telemetry") == [("vnf",)]


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "'; drop table raw.telemetry; --",
        '"',
        "a,b",
        "<script>alert(1)</script>",
        "#1",
        "\\",
        "1\n2",
        "{0}",
        "%s",
        "NULL",
    ]
)
SPACE = " \t\n\r\v\f\u00a0"


@settings(max_examples=20)
@given(ids=st.lists(HOSTILE, min_size=1, max_size=8))
def test_machine_ids_are_only_data(ids: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    kit = Kit(tmp_path_factory.mktemp("ids"))
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(TELEMETRY.strip().split(","))
    for hour, name in enumerate(ids):
        writer.writerow([f"2025-01-01 {hour:02}:00:00", name, 1, 2, 3, 4])
    kit.landed(text.getvalue())
    wanted = [name.strip(SPACE) for name in ids]
    stored = kit.rows("select machineID from raw.telemetry order by datetime")
    assert [row[0] for row in stored] == [name for name in wanted if name]
    assert [reason for _, reason in kit.reasons()] == ["machineID is missing"] * wanted.count("")
