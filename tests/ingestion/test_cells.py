"""Cells that are no plausible number become NULL and are counted; their rows, and all other cells, stay."""

import decimal
import gzip
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion import LandingSummary
from ingestion.findings import WHAT, FindingKind, Found, together
from ingestion.run import land
from ingestion.words import MISSING
from settings import Fleet, Sensor
from tests.ingestion.landing_kit import ROW, TELEMETRY, Kit, fleet


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


def found(summary: LandingSummary, kind: str, column: str) -> Found:
    [one] = [one for one in summary.findings if (one.kind, one.column) == (kind, column)]
    return one


def cells(*volts: str, dirt: str = "") -> str:
    rows = [f'2025-01-01 {hour:02}:00:00,1,"{volt}",440,100,40\n' for hour, volt in enumerate(volts)]
    return TELEMETRY + "".join(rows) + dirt


DIRT = pytest.mark.parametrize("dirt", ["", "soon,1,NA,oops,1,1\n"], ids=["by words", "exact"])


@DIRT
def test_words_for_missing_are_counted_by_word(kit: Kit, dirt: str) -> None:
    words = ["NA", "na", "N/A", "null", "None", "nan", "-", "Bad", "#N/A", "I/O Timeout", "No Data", "NA", "170"]
    summary = kit.landed(cells(*words, dirt=dirt))
    assert kit.rows("select count(*), count(volt), count(rotate) from raw.telemetry") == [(13, 1, 13)]
    one = found(summary, "missing word", "volt")
    assert one.count == 12
    assert '"NA" 2 times' in one.example
    assert '"I/O Timeout"' in one.example
    assert [one.kind for one in summary.findings] == ["missing word", *(["rows rejected"] if dirt else [])]
    assert kit.rows("from raw.findings where kind = 'missing word'") == [
        (
            2,
            "telemetry",
            "PdM_telemetry.csv",
            "missing word",
            "volt",
            12,
            one.example,
            "",
            "note",
            one.what,
            WHAT[one.kind][0],
        )
    ]
    assert summary.rejected["telemetry"] == bool(dirt)


@DIRT
@pytest.mark.parametrize(
    "word", ["abc", "1,176.2", "176,2", "true", "ON", "OFF", "inf", "-inf", "1e999", "0x10", "7 V"]
)
def test_a_cell_that_is_no_number_is_null_and_counted(kit: Kit, word: str, dirt: str) -> None:
    summary = kit.landed(cells("170", word, word, dirt=dirt))
    assert kit.rows("select volt, rotate from raw.telemetry order by datetime") == [
        (170, 440),
        (None, 440),
        (None, 440),
    ]
    one = found(summary, "unreadable", "volt")
    assert (one.count, one.example) == (2, f'"{word}" 2 times')


@settings(max_examples=20)
@given(
    volts=st.lists(
        st.text(st.characters(exclude_categories=["C"]), max_size=9) | st.floats().map(str) | st.sampled_from(MISSING),
        min_size=1,
        max_size=20,
    )
)
def test_no_cell_costs_its_row(volts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    kit = Kit(tmp_path_factory.mktemp("cells"))
    summary = kit.landed(cells(*(volt.replace('"', '""') for volt in volts)))
    kept, numbers, others = kit.rows("select count(*), count(volt), count(rotate) from raw.telemetry")[0]
    counted = sum(one.count for one in summary.findings if one.kind in ("missing word", "unreadable"))
    empty = sum(not volt.strip(" \t\n\r\v\f\u00a0") for volt in volts)
    assert (kept, others) == (len(volts), len(volts))
    assert numbers + counted + empty == len(volts)
    assert not summary.rejected["telemetry"]


@DIRT
def test_the_minus_of_typesetters_is_a_minus(kit: Kit, dirt: str) -> None:
    summary = kit.landed(cells("\u22125.5", "170", dirt=dirt))
    assert kit.rows("select volt from raw.telemetry where machineID = '1' order by datetime") == [(-5.5,), (170.0,)]
    assert "unreadable" not in [one.kind for one in summary.findings]


def test_words_can_be_declared(kit: Kit) -> None:
    kit.drop("PdM_telemetry.csv", cells("Kaputt", "weg", "removed"))
    known = fleet().model_copy(update={"missing_words": ("kaputt",), "removed_words": ("weg",)})
    summary = land(kit.drops, kit.warehouse, known)
    assert found(summary, "missing word", "volt").count == 1
    assert found(summary, "unreadable", "volt").example == '"removed"'
    assert kit.rows("select isnan(volt) from raw.telemetry order by datetime") == [(None,), (True,), (None,)]


def test_a_register_with_odd_ages_lands(kit: Kit) -> None:
    kit.drop("PdM_machines.csv", "machineID,model,age\n1,model3,2009-05-01\n2,m,n/a\n")
    summary = kit.landed(TELEMETRY + ROW)
    assert kit.rows("select machineID, age from raw.machines order by 1") == [("1", None), ("2", None)]
    assert found(summary, "unreadable", "age").example == '"2009-05-01"'
    kit.drop("PdM_machines_2.csv", "machineID\n3\n")
    assert found(kit.land(), "column absent", "age").count == 1


@pytest.mark.parametrize("name", ["PdM_telemetry.csv", "PdM_telemetry.csv.gz"])
def test_a_counter_keeps_its_value_and_its_row(kit: Kit, name: str) -> None:
    text = cells("999999999999999", "1.2e12", "170")
    summary = kit.landed(text if name.endswith("csv") else gzip.compress(text.encode()), name)
    assert kit.rows("select volt from raw.telemetry order by 1 desc") == [(999999999999999.0,), (1.2e12,), (170.0,)]
    one = found(summary, "outside range", "volt")
    assert (one.count, one.example) == (2, "1200000000000, 999999999999999")


def test_a_sentinel_is_counted_and_stays_in_raw(kit: Kit) -> None:
    one = found(kit.landed(cells("-9999", "-9999", "170", "401")), "outside range", "volt")
    assert (one.count, one.example) == (3, "-9999 2 times, 401")
    assert kit.rows("select min(volt) from raw.telemetry") == [(-9999.0,)]


def test_values_below_the_last_decimal_are_said(kit: Kit) -> None:
    summary = kit.landed(cells("4e-7", "-9e-8", "0", "1e-6", "170"))
    one = found(summary, "below resolution", "volt")
    assert one.count == 2
    assert "decimals" in one.cure
    sensors = {**fleet().sensors, "volt": Sensor(min=-1, max=1, decimals=9)}
    kit.drop("telemetry_2.csv", cells("4e-7", dirt="2025-01-02 00:00:00,1,3e-10,440,100,40\n"))
    again = land(kit.drops, kit.warehouse, fleet().model_copy(update={"sensors": sensors}))
    assert found(again, "below resolution", "volt").count == 1


@pytest.mark.parametrize(
    ("known", "decimals"),
    [
        ({"min": 0, "max": 400}, 6),
        ({"min": 0, "max": 1e9}, 6),
        ({"min": -1e12, "max": 0}, 3),
        ({"min": 0, "max": 1e15}, 0),
        ({"min": 0, "max": 1e-9, "decimals": 15}, 15),
        ({"min": 0, "max": 1e15, "decimals": 0}, 0),
    ],
)
def test_a_range_leaves_room_for_so_many_decimals(known: dict[str, float], decimals: int) -> None:
    sensors = {"volt": Sensor.model_validate(known)}
    assert Fleet.model_validate({**fleet().model_dump(), "sensors": sensors}).decimals("volt") == decimals


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"min": 0, "max": 1e16}, "at most 15 digits"),
        ({"min": 0, "max": 1e12, "decimals": 6}, "at most 15 digits"),
        ({"min": 0, "max": 1e-7}, "decimals of its own"),
    ],
)
def test_a_range_that_cannot_be_kept_is_refused(known: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Fleet.model_validate({**fleet().model_dump(), "sensors": {"volt": known}})


def test_a_file_that_lacks_a_sensor_lands_and_is_counted(kit: Kit) -> None:
    kit.drop("telemetry_2014.csv", "datetime,machineID,volt,rotate,pressure\n2024-12-31 06:00:00,1,1,2,3\n")
    summary = kit.landed(TELEMETRY + ROW)
    assert kit.rows("select vibration from raw.telemetry order by datetime") == [(None,), (40.0,)]
    one = found(summary, "column absent", "vibration")
    assert (one.count, one.file) == (1, "telemetry_2014.csv")


def test_more_readings_than_due_are_told(kit: Kit) -> None:
    rows = [f"2025-01-01 {hour:02}:{minute}:00,1,170,1,1,1\n" for hour in range(24) for minute in ("00", "30")]
    rows += [f"2025-01-01 {hour:02}:00:00,2,170,1,1,1\n" for hour in range(24)]
    one = found(kit.landed(TELEMETRY + "".join(rows)), "more readings than due", "datetime")
    assert (one.count, one.example) == (24, 'machine "1" has 48 where 24 are due')


def test_two_plants_under_one_id_are_told(kit: Kit) -> None:
    summary = kit.landed(TELEMETRY + ROW + ROW.replace("170", "210"))
    assert found(summary, "conflicting rows", "machineID").example == 'machine "1" at 2025-01-01 06:00:00'


def test_failures_of_machines_that_telemetry_spells_otherwise_are_told(kit: Kit) -> None:
    rows = "".join(f"2025-01-01 09:00:00,{machine},comp1\n" for machine in ("M001", "1.0", "2", "X7"))
    kit.drop("PdM_failures.csv", "datetime,machineID,failure\n" + rows)
    summary = kit.landed(TELEMETRY + ROW + ROW.replace(",1,", ",2,"))
    one = found(summary, "unknown machine", "machineID")
    assert one.count == 3
    assert '"M001" (1), telemetry has "1"' in one.example
    assert '"1.0" (1), telemetry has "1"' in one.example
    assert '"X7" (1)' in one.example
    assert one.example.startswith("3 of 4 machines")


def test_findings_of_many_files_are_one_line(kit: Kit) -> None:
    for day in range(1, 4):
        kit.drop(f"telemetry_{day}.csv", TELEMETRY + f"2025-01-0{day} 06:00:00,1,NA,1,1,1\n")
    summary = kit.land()
    assert len(summary.findings) == 3
    [one] = together(summary.findings)
    assert (one.count, one.file) == (3, "telemetry_1.csv and 2 more files")
    assert [line for line in summary.lines() if line.startswith("FOUND")] == [f"FOUND {one.sentence}"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [(pa.decimal128(10, 2), "1.00"), (pa.decimal128(38, 10), "1"), (pa.decimal128(10, 0), "1"), (pa.float64(), 1.0)],
    ids=["Oracle", "Snowflake", "whole", "pandas"],
)
def test_an_id_that_came_as_a_decimal_is_the_whole_number(kit: Kit, kind: pa.DataType, value: str | float) -> None:
    number = decimal.Decimal(value) if isinstance(value, str) else value
    columns = {"datetime": pa.array([pd.Timestamp("2025-01-01 06:00")]), "machineID": pa.array([number], kind)}
    columns |= {sensor: pa.array([1.5]) for sensor in fleet().sensors} | {"volt": pa.array([True])}
    pq.write_table(pa.table(columns), kit.drops / "telemetry.parquet")
    kit.land()
    assert kit.rows("select machineID, volt, rotate from raw.telemetry") == [("1", 1.0, 1.5)]


@pytest.mark.parametrize("kind", FindingKind)
def test_one_is_told_as_one_and_many_as_many(kind: FindingKind) -> None:
    one, two = (Found("telemetry", "f.csv", kind, "volt", count, "", "") for count in (1, 2))
    assert [one.sentence, two.sentence] == [
        f"f.csv, volt: {n} {what}." for n, what in zip((1, 2), WHAT[kind], strict=True)
    ]
    assert not re.match(r"\w+s ", WHAT[kind][0])
    assert re.match(r"\w+s ", WHAT[kind][1])
