"""Rows of a mapped file: what landing promises of any row holds for them."""

from pathlib import Path
from typing import Any

import pytest

from ingestion import TABLES
from tests.ingestion.landing_kit import ROW, TELEMETRY, Kit
from tests.ingestion.mapping_kit import MappedKit

AT = "2015-01-31 06:00:00"
COLUMNS = {"datetime": "strptime(day, '%d/%m/%Y')", "machineID": "'M' || machine::int"}


def kit_of(folder: Path, entry: dict[str, Any], **more: Any) -> MappedKit:
    return MappedKit(folder, {"telemetry": [{"files": "scada*.csv", **entry}], **more})


def test_a_row_whose_needed_value_cannot_be_computed_is_rejected_with_line_and_reason(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {"columns": COLUMNS, "where": "use::int = 1"})
    kit.drop(
        "scada.csv",
        "day,machine,volt,use\n31/01/2015,1,5,1\n01/31/2015,1,5,1\n31/01/2015,one,5,1\n,1,5,1\n31/01/2015,1,5,yes\n"
        "31/01/2015,1,5,0\n31/01/2015,2,5,\n01/02/2015,1,5,1\n",
    )
    summary = kit.land()
    assert kit.telemetry("datetime::varchar, machineID") == [
        ("2015-01-31 00:00:00", "M1"),
        ("2015-02-01 00:00:00", "M1"),
    ]
    assert kit.rows("select line, reason, row_text from raw.rejected order by line") == [
        (3, f'datetime cannot be computed by {COLUMNS["datetime"]} where day is "01/31/2015"', "01/31/2015,1,5,1"),
        (4, f'machineID cannot be computed by {COLUMNS["machineID"]} where machine is "one"', "31/01/2015,one,5,1"),
        (5, "datetime is missing", ",1,5,1"),
        (6, 'where cannot be computed by use::int = 1 where use is "yes"', "31/01/2015,1,5,yes"),
    ]
    assert [(found.kind, found.count) for found in summary.findings if found.kind == "rows rejected"] == [
        ("rows rejected", 4)
    ]


def test_a_reading_that_cannot_be_computed_is_left_out_and_told(tmp_path: Path) -> None:
    """A word for no value as in any file, other text with its column."""
    kit = kit_of(tmp_path, {"columns": {"volt": "u / 1000", "rotate": "r::double + 0"}})
    kit.drop(
        "scada.csv", f"datetime,machineID,u,r\n{AT},1,1000,5\n{AT},2,N/A,5\n{AT},3,12..5,5\n{AT},4,,5\n{AT},5,5,nan\n"
    )
    summary = kit.land()
    assert [row[1:] for row in kit.telemetry()] == [
        ("1", 1.0, 5.0), ("2", None, 5.0), ("3", None, 5.0), ("4", None, 5.0), ("5", 0.005, None)
    ]  # fmt: skip
    told = {(str(found.kind), found.column, found.example) for found in summary.findings}
    assert ("missing word", "volt", '"N/A"') in told
    assert ("unreadable", "volt", '"12..5"') in told
    assert kit.reasons() == []


def test_a_number_that_may_be_spelt_otherwise_is_told_with_the_options(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {})
    kit.drop("scada.csv", f'datetime,machineID,volt,rotate\n{AT},1,"1,5",5\n')
    [found] = [one for one in kit.land().findings if one.kind == "unreadable"]
    assert "say `decimal_separator` or `thousands` under `read` of vars.mapping" in found.cure


def test_lines_that_are_no_rows_are_kept_with_their_line(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {"read": {"skip": 1}})
    kit.drop(
        "scada.csv",
        f"made by us\ndatetime,machineID,volt\n{AT},1,1\n{AT},2\nsoon,3,1\n{AT},4,1,9,9\n{AT},5\nnever,6,1\n{AT},7,1\n",
    )
    kit.land()
    assert kit.telemetry("machineID") == [("1",), ("7",)]
    assert kit.rows("select line, reason, row_text from raw.rejected order by line") == [
        (4, "2 columns where the header has 3", f"{AT},2"),
        (5, 'datetime is "soon": not a time such as 2025-01-31 06:00:00', "soon,3,1"),
        (6, "more columns than the 3 of the header", f"{AT},4,1,9,9"),
        (7, "2 columns where the header has 3", f"{AT},5"),
        (8, 'datetime is "never": not a time such as 2025-01-31 06:00:00', "never,6,1"),
    ]


def test_rows_of_one_moment_merge_and_correct_as_in_any_file(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {"columns": {"datetime": "t"}})
    kit.drop("scada_1.csv", f"t,machineID,volt,rotate\n{AT},1,1,\n{AT},1,,2\n{AT},1,5,\n{AT},1,5,2\n")
    kit.land()
    assert kit.reasons() == [(2, "superseded by line 5 of the same file"), (5, "repeats line 3 of the same file")]
    kit.drop("scada_2.csv", f"t,machineID,volt,rotate\n{AT},1,5,2\n{AT},2,1,1\n")
    assert kit.land().duplicates == 1
    kit.drop("scada_3.csv", f"t,machineID,volt,rotate\n2150-01-01 00:00:00,1,5,2\n{AT},3,1,1\n")
    [held] = [file.held for file in kit.land().landed]
    assert held == 1


def test_a_window_looks_at_all_rows_of_the_file(tmp_path: Path) -> None:
    """Run to failure: an engine fails in its last cycle."""
    cycle = {"datetime": "timestamp '2015-01-01' + to_days(cycle::int)", "machineID": "unit"}
    last = {"files": "scada*", "columns": {**cycle, "failure": "'comp1'"},
            "where": "cycle::int = max(cycle::int) over (partition by unit)"}  # fmt: skip
    kit = kit_of(tmp_path, {"columns": cycle}, failures=[last])
    kit.drop("scada.csv", "unit,cycle,volt\n1,1,5\n1,2,5\n1,10,5\n2,1,5\n2,2,5\n")
    kit.land()
    assert kit.rows("select machineID, datetime::date::varchar from raw.failures order by all") == [
        ("1", "2015-01-11"), ("2", "2015-01-03")
    ]  # fmt: skip
    assert kit.rows("select count(*) from raw.telemetry") == [(5,)]


def test_whether_a_machine_runs_is_a_column(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {"running": "mode <> 'off'"})
    kit.drop("scada.csv", f"datetime,machineID,mode,volt\n{AT},1,off,1\n{AT},2,run,1\n{AT},3,,1\n")
    kit.land()
    assert kit.telemetry("machineID, running") == [("1", False), ("2", True), ("3", None)]
    kit.drop("scada_2.csv", f"datetime,machineID,mode,volt\n{AT},1,off,1\n{AT},2,off,1\n{AT},3,,1\n")
    assert kit.land().duplicates == 2
    assert kit.telemetry("machineID, running")[1:3] == [("2", True), ("2", False)]


def test_without_a_mapping_that_knows_it_there_is_no_such_column(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {})
    kit.drop("scada.csv", f"datetime,machineID,running,volt\n{AT},1,off,1\n")
    kit.land()
    assert "running" not in {row[0] for row in kit.rows("describe raw.telemetry")}


TAGS = "tag,machineID,sensor\n20.TI-1,P/1,volt\n20.SI-1,P/1,Rotate\n20.TI-2,P/2,volt\n20.XX-2,P/2,colour\n"


def historian(folder: Path, **more: Any) -> MappedKit:
    entry = {
        "zone": "Europe/Berlin",
        "columns": {"datetime": "strptime(ts, '%d.%m.%Y %H:%M:%S')", **more},
        "long": {"tag": "tag", "value": "value", "tags": "tags"},
        "where": "quality = 'Good'",
    }
    kit = kit_of(folder, entry, lookups={"tags": {"file": "tags.csv", "key": "tag"}})
    (folder / "tags.csv").write_text(TAGS)
    return kit


def test_one_reading_a_row_becomes_one_row_a_moment(tmp_path: Path) -> None:
    kit = historian(tmp_path)
    kit.drop(
        "scada.csv",
        "ts,tag,value,quality\n31.01.2015 07:00:00,20.TI-1,5.5,Good\n31.01.2015 07:00:00,20.TI-2,6,Good\n"
        "31.01.2015 07:00:00,20.SI-1,7,Good\n31.01.2015 08:00:00,20.SI-1,8,Bad\n31.01.2015 07:00:00,20.XX-2,red,Good\n"
        "31.01.2015 07:00:00,77.YY,1,Good\n31.01.2015 07:00:00,20.TI-2,6.5,Good\nsoon,20.TI-2,1,Good\n"
        "31.01.2015 07:00:00,20.TI-2,6.5,Good\n31.01.2015 09:00:00,20.TI-2,Bad Input,Good\n",
    )
    summary = kit.land()
    assert kit.telemetry() == [
        (AT, "P/1", 5.5, 7.0), (AT, "P/2", 6.5, None), ("2015-01-31 08:00:00", "P/2", None, None)
    ]  # fmt: skip
    assert kit.reasons() == [
        (3, "superseded by line 10 of the same file"),
        (9, "datetime cannot be computed by strptime(ts, '%d.%m.%Y %H:%M:%S') where ts is \"soon\""),
        (10, "repeats line 8 of the same file"),
    ]
    told = {(str(found.kind), found.column): found.example for found in summary.findings}
    assert told["not in lookup", "tags"] == '"77.YY"'
    assert told["not in lookup", "sensor"] == '"colour"'
    assert told["missing word", "volt"] == '"Bad Input"'
    assert not kit.land().landed


def test_a_value_may_be_scaled_by_its_tag(tmp_path: Path) -> None:
    kit = historian(tmp_path)
    (tmp_path / "tags.csv").write_text("tag,machineID,sensor,factor\na,1,volt,0.1\nb,1,rotate,60\n")
    kit.mapping["telemetry"][0]["long"]["value"] = "value * tags.factor"
    kit.drop("scada.csv", "ts,tag,value,quality\n31.01.2015 07:00:00,a,50,Good\n31.01.2015 07:00:00,b,2,Good\n")
    kit.land()
    assert kit.telemetry() == [(AT, "1", 5.0, 120.0)]


@pytest.mark.parametrize("name", ["scada.csv", "scada [a]*?.csv", "scada'x.csv"])
def test_a_name_is_no_pattern(name: str, tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {"columns": {"datetime": "t"}})
    kit.drop("scada a-other-.csv", "t,machineID,volt\n")
    kit.drop(name, f"t,machineID,volt\n{AT},1,1\nsoon,1,1\n")
    kit.land()
    assert kit.telemetry("machineID") == [("1",)]
    assert kit.rows("select file, row_text from raw.rejected") == [(name, "soon,1,1")]


def test_what_landed_under_another_mapping_stays_and_is_told(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {"zone": "Europe/Berlin", "join": {"tags": "machineID"}},
                 lookups={"tags": {"file": "tags.csv", "key": "tag"}})  # fmt: skip
    (tmp_path / "tags.csv").write_text("tag,line\n1,A\n")
    kit.drop("scada_1.csv", f"datetime,machineID,volt\n{AT},1,1\n")
    told = (
        "1 file of telemetry landed under another mapping than today's, such as scada_1.csv, and stays as it read it;"
    )
    assert not [note for note in kit.land().notes if "another mapping" in note]
    assert not [note for note in kit.land().notes if "another mapping" in note]
    kit.mapping["telemetry"][0]["files"] = ["*1.csv", "*2.csv"]
    kit.drop("scada_2.csv", f"datetime,machineID,volt\n{AT},2,1\n")
    assert not [note for note in kit.land().notes if "another mapping" in note]
    kit.mapping["telemetry"][0]["zone"] = "UTC"
    assert [note.partition(";")[0] + ";" for note in kit.land().notes if "another mapping" in note] == [
        told.replace("1 file of", "2 files of").replace("stays as it read it", "stay as it read them")
    ]
    assert [row[0] for row in kit.telemetry()] == ["2015-01-31 05:00:00"] * 2
    kit.mapping["telemetry"][0]["zone"] = "Europe/Berlin"
    assert not [note for note in kit.land().notes if "another mapping" in note]
    (tmp_path / "tags.csv").write_text("tag,line\n1,B\n")
    assert [note for note in kit.land().notes if "another mapping" in note]


def test_files_known_by_their_names_leave_no_trace_of_a_mapping(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.landed(TELEMETRY + ROW)
    tables = {row[0] for row in kit.rows("select table_name from duckdb_tables() where schema_name = 'raw'")}
    assert tables == set(TABLES)
