"""Which entries and feeds read a file: several of one feed, a wide pattern beside names, and what is said of each."""

from pathlib import Path
from typing import Any

import pytest

from ingestion import LandingError
from ingestion.discover import find_drops
from tests.ingestion.landing_kit import ROW, TELEMETRY
from tests.ingestion.mapping_kit import MappedKit, mapped_fleet

AT, LATER = "2015-01-31 06:00:00", "2015-01-31 07:00:00"
READINGS = f"datetime,machineID,volt,rotate\n{AT},1,1,1\n"
FLAGS = f"datetime,machineID,bearing,seal\n{AT},1,1,1\n{AT},2,0,0\nsoon,1,1,1\n{LATER},1,0,1\n"


def flagged(column: str, component: str, **more: Any) -> dict[str, Any]:
    columns = {"failure": f"'{component}'"}
    return {"files": "flags.csv", "columns": columns, "where": f"{column} = 1", **more}


def test_several_entries_of_a_feed_read_one_file(tmp_path: Path) -> None:
    """One cause of failure each: all rows land together, once, with what is wrong told once."""
    kit = MappedKit(tmp_path, {"failures": [flagged("bearing", "comp1"), flagged("seal", "comp2")]})
    kit.drop("flags.csv", FLAGS)
    summary = kit.landed(TELEMETRY + ROW)
    query = "select datetime::varchar, machineID, failure from raw.failures order by all"
    rows = [(AT, "1", "comp1"), (AT, "1", "comp2"), (LATER, "1", "comp2")]
    assert kit.rows(query) == rows
    assert kit.rows("select line from raw.rejected") == [(4,), (4,)]
    [line] = [file.line() for file in summary.landed if file.feed == "failures"]
    assert line == f"flags.csv: 3 rows of failures, {AT} to {LATER} (2 rejected, 1 left out by `where`)"
    assert not kit.land().landed
    assert kit.rows(query) == rows


def test_a_table_of_all_machines_is_read_by_an_entry_each(tmp_path: Path) -> None:
    machines = [
        {"files": "plant*", "columns": {"machineID": f"'P{n}'", "volt": f"p{n}_volt", "rotate": f"p{n}_rotate"}}
        for n in (1, 2)
    ]
    kit = MappedKit(tmp_path, {"telemetry": machines})
    kit.drop("plant.csv", f"datetime,p1_volt,p1_rotate,p2_volt,p2_rotate\n{AT},1,2,3,N/A\n")
    summary = kit.land()
    assert kit.telemetry() == [(AT, "P1", 1.0, 2.0), (AT, "P2", 3.0, None)]
    assert ("missing word", "rotate", 1) in {(str(one.kind), one.column, one.count) for one in summary.findings}


def test_a_row_that_two_entries_make_alike_is_one(tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"telemetry": [{"files": "a*.csv"}, {"files": "*b.csv"}]})
    kit.drop("a_b.csv", READINGS)
    kit.land()
    assert kit.telemetry() == [(AT, "1", 1.0, 1.0)]
    assert kit.reasons() == []


def test_an_entry_added_for_a_file_that_has_landed_is_told(tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"failures": [flagged("bearing", "comp1")]})
    kit.drop("flags.csv", FLAGS)
    kit.landed(TELEMETRY + ROW)
    kit.mapping["failures"].append(flagged("seal", "comp2"))
    assert [note for note in kit.land().notes if note.startswith("1 file of failures landed under another mapping")]
    kit.mapping["failures"].pop()
    assert not [note for note in kit.land().notes if "another mapping" in note]


@pytest.mark.parametrize("entry", [{"columns": {"datetime": "strptime(t, '%Y')"}}, {"where": "t = ''"}])
def test_a_file_of_which_no_row_could_be_used_lands_once_the_mapping_can(entry: dict[str, Any], tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"telemetry": {"files": "scada*", "columns": {"datetime": "t"}, **entry}})
    kit.drop("scada.csv", READINGS.replace("datetime", "t"))
    for landed in (1, 0):
        assert sum(file.feed == "telemetry" for file in kit.land().landed) == landed
    assert kit.telemetry() == []
    kit.mapping["telemetry"] = {"files": "scada*", "columns": {"datetime": "t"}}
    assert not [note for note in kit.land().notes if "another mapping" in note]
    assert kit.telemetry() == [(AT, "1", 1.0, 1.0)]
    assert not kit.land().landed


def test_a_wide_pattern_refuses_no_file_of_another_feed(tmp_path: Path) -> None:
    kit = MappedKit(
        tmp_path, {"telemetry": {"files": "*.csv"}, "failures": {"files": "orders*", "columns": {"failure": "'comp1'"}}}
    )
    kit.drop("a.csv", READINGS)
    kit.drop("errors.csv", f"datetime,machineID,errorID\n{AT},1,error1\n")
    kit.drop("orders.csv", f"datetime,machineID\n{AT},1\n")
    summary = kit.land()
    assert not summary.refused
    feeds = {file.file: file.feed for file in summary.landed}
    assert feeds == {
        "PdM_machines.csv": "machines",
        "a.csv": "telemetry",
        "errors.csv": "errors",
        "orders.csv": "failures",
    }
    assert not kit.land().refused
    (kit.drops / "a.csv").unlink()
    assert not kit.land().refused, "nor where only they are left"
    kit.drop("b.csv", "x\n1\n")
    assert [reason.partition(" ")[0] for reason in kit.land().refused] == ["b.csv"]


def test_a_file_that_is_named_like_those_of_another_feed_is_no_fault(tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"failures": {"files": "machines_down*", "columns": {"failure": "'comp1'"}}})
    kit.drop("machines_down.csv", f"datetime,machineID\n{AT},1\n")
    assert not kit.landed(TELEMETRY + ROW).refused
    assert kit.rows("select count(*) from raw.failures") == [(1,)]


def test_a_pattern_of_one_feed_that_no_file_fits_is_refused_all_the_same(tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"failures": {"files": "*.csv", "columns": {"failure": "'comp1'"}, "where": "flag = 1"}})
    why = r"vars\.mapping\.failures\[0\]\.where: flag = 1 cannot be used \(the file has no column flag"
    with pytest.raises(LandingError, match=why):
        kit.landed(TELEMETRY + ROW)


def test_an_entry_with_a_name_goes_before_one_without(tmp_path: Path) -> None:
    for name in ("a.csv", "pumps_1.csv"):
        (tmp_path / name).write_text(READINGS)
    mapping = mapped_fleet({"telemetry": [{"files": ["*.csv", "**/*.csv.gz"]}, {"files": "pumps*"}]}).mapping
    found, _ = find_drops(tmp_path, mapping)
    assert [(drop.name, drop.entries) for drop in found] == [("a.csv", (0,)), ("pumps_1.csv", (1,))]


def test_an_unknown_code_is_told_once_of_a_file_for_two_feeds(tmp_path: Path) -> None:
    order = {"files": "orders*", "join": {"codes": "code"}}
    mapping = {
        "lookups": {"codes": {"file": "codes.csv", "key": "code"}},
        "failures": {**order, "columns": {"failure": "codes.part"}, "where": "kind = 'c' and codes.part is not null"},
        "maint": {**order, "columns": {"comp": "codes.part"}, "where": "kind = 'p' and codes.part is not null"},
    }
    kit = MappedKit(tmp_path, mapping)
    (tmp_path / "codes.csv").write_text("code,part\nM1,comp1\n")
    kit.drop("orders.csv", f"datetime,machineID,code,kind\n{AT},1,M1,c\n{AT},1,M1,p\n{AT},1,m1 ,p\n")
    lines = kit.landed(TELEMETRY + ROW).lines()
    assert [line for line in lines if "the lookup does not know" in line] == [
        'FOUND orders.csv, codes: 1 row has a value that the lookup does not know ("m1"): add them to codes.'
    ]
