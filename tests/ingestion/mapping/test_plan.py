"""What of a mapping is refused before any file lands, each with the feed, the key and the reason."""

from pathlib import Path
from typing import Any

import pytest

from ingestion import LandingError
from tests.ingestion.mapping_kit import MappedKit

AT = "2015-01-31 06:00:00"
FILE = f"time,machine,volt,kind\n{AT},1,170.5,run\n"
COLUMNS = {"datetime": "time", "machineID": "machine"}
LOOKUPS = {"tags": {"file": "tags.csv", "key": "tag"}, "codes": {"file": "codes.csv", "key": "code"}}


def refusal(folder: Path, entry: dict[str, Any], lookups: dict[str, Any] | None = None) -> str:
    kit = MappedKit(folder, {"lookups": lookups or {}, "telemetry": [{"files": "scada*", **entry}]})
    (folder / "tags.csv").write_text("tag,machineID,sensor\na,1,volt\n")
    (folder / "codes.csv").write_text("code,component\nM1,comp1\nM1,comp2\n")
    kit.drop("scada.csv", FILE)
    with pytest.raises(LandingError) as told:
        kit.land()
    assert kit.rows("select count(*) from raw.landed_files") == [(0,)]
    return str(told.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("strptime(time", 'syntax error at or near "time"'),
        ("time; drop table raw.telemetry", "it holds several statements"),
        ("time, machine", "it is more than one expression"),
        ("time from read_csv('/etc/passwd')", "it is more than one expression"),
        ("time where true", "it is more than one expression"),
        ("time order by 1", "it is more than one expression"),
        ("distinct time", "it is more than one expression"),
        ("(select max(datetime) from raw.telemetry)::varchar", "it holds a subquery"),
        ("exists (from 'secret.csv')", "it holds a subquery"),
        ("time in (from x)", "it holds a subquery"),
        ("*", "it names all columns"),
        ("concat(columns(*))", "it names all columns"),
        ("?", "it holds a parameter"),
        ("#1", "it names a column by its place"),
        ("time as moment", "it names itself moment; the key names it"),
        ("now()", "now does not depend on the file alone"),
        ("current_timestamp", "current_timestamp does not depend on the file alone"),
        ("time || random()", "random does not depend on the file alone"),
        ("strptme(time, '%Y')", "Scalar Function with name strptme does not exist"),
        ("strptime(time, 5)", "No function matches"),
        ("tme", "the file has no column tme"),
        ("kind::int", "datetime is a INTEGER, which is no time: to_timestamp(...) makes one of epoch seconds"),
        ("codes.component", "codes is not joined; add `join: {codes: ...}`"),
        ("max(time)", "max is made of many rows; say of which: max(...) over (...)"),
    ],
)  # fmt: skip
def test_an_expression_that_cannot_be_used_is_refused_with_the_reason(text: str, reason: str, tmp_path: Path) -> None:
    lookups = {"codes": {"file": "tags.csv", "key": "tag"}}
    told = refusal(tmp_path, {"columns": {**COLUMNS, "datetime": text}}, lookups)
    assert told.startswith(f"vars.mapping.telemetry[0].columns.datetime: {text} cannot be used (")
    assert reason in told
    assert told.endswith("correct it.") or told.endswith("in no file, such as scada.csv; correct one of them.")
    assert "\n" not in told


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"columns": {**COLUMNS, "volts": "volt"}}, "columns.volts is no column of telemetry; it has datetime, m"),
        ({"columns": COLUMNS, "where": "volt"}, "it is a VARCHAR, neither true nor false; compare it"),
        ({"columns": {**COLUMNS, "volt": "time::timestamp"}}, "volt is a TIMESTAMP, which is no number"),
        ({"columns": {**COLUMNS, "rotate": "rpm"}}, "columns.rotate: rpm cannot be used (the file has no column rpm)"),
        ({"columns": COLUMNS, "join": {"tags": "tag"}}, "join.tags: tag cannot be used (the file has no column tag)"),
        ({"columns": COLUMNS, "join": {"tags": "kind"}, "where": "tags.knd = ''"}, "tags has no column knd; it has t"),
        ({"columns": COLUMNS, "running": "mode <> 'off'"}, "running: mode <> 'off' cannot be used (the file has"),
        ({"columns": COLUMNS, "join": {"codes": "kind"}}, "lookups.codes: codes.csv has the key M1 more than once"),
        ({"columns": COLUMNS, "long": {"value": "volt"}}, "long: give `tag` and `tags`, or columns.machineID and c"),
        ({"columns": COLUMNS, "long": {"value": "volt", "tag": "kind", "tags": "machines"}}, "no column sensor; add"),
    ],
)  # fmt: skip
def test_so_are_names_lookups_and_types(entry: dict[str, Any], reason: str, tmp_path: Path) -> None:
    lookups = {"tags": LOOKUPS["tags"], "machines": {"file": "machines.csv", "key": "id"}}
    lookups |= {"codes": LOOKUPS["codes"]} if "codes" in entry.get("join", {}) else {}
    (tmp_path / "machines.csv").write_text("id,machineID\n1,2\n")
    assert reason in refusal(tmp_path, entry, lookups)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"file": "nowhere.csv", "key": "tag"}, "lookups.tags: there is no file"),
        ({"file": "tags.csv", "key": "Name"}, "tags.csv has no column Name, its key; it has tag, machineID, sensor"),
    ],
)
def test_a_lookup_that_cannot_be_used_is_refused(known: dict[str, str], reason: str, tmp_path: Path) -> None:
    assert reason in refusal(tmp_path, {"columns": COLUMNS}, {"tags": known})


def test_two_entries_that_read_one_file_read_it_in_one_way(tmp_path: Path) -> None:
    other = {"files": "*b.csv", "read": {"delim": ";"}, "columns": COLUMNS}
    kit = MappedKit(tmp_path, {"telemetry": [{"files": "a*.csv", "columns": COLUMNS}, other]})
    kit.drop("a_b.csv", FILE)
    kit.drop("b.csv", FILE.replace(",", ";"))
    [told] = kit.land().refused
    assert (
        told
        == "a_b.csv is read by vars.mapping.telemetry[0].read and vars.mapping.telemetry[1].read; make both the same."
    )


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_lookup_is_separated_as_spreadsheets_do(mark: str, tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"lookups": {"tags": LOOKUPS["tags"]}, "telemetry": {"files": "scada*", "columns": {
        **COLUMNS, "machineID": "tags.name"}, "join": {"tags": "machine"}}})  # fmt: skip
    (tmp_path / "tags.csv").write_text("\ufefftag,name\n1,Süd\n".replace(",", mark))
    kit.drop("scada.csv", FILE)
    kit.land()
    assert kit.telemetry("machineID") == [("Süd",)]
    (tmp_path / "tags.csv").write_bytes("tag,name\n1,Süd\n".encode("cp1252"))
    with pytest.raises(LandingError, match=r"lookups.tags: tags.csv cannot be read \(it is not UTF-8\); correct it."):
        kit.land()


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"failure": "comp1"}, "(the file has no column comp1; a word that means itself is 'comp1')"),
        (
            {"failure": "unnest(string_split(kind, ';'))"},
            "(unnest makes several rows of one; give each an entry of its",
        ),
        ({"failure": "[kind]"}, "(failure is a VARCHAR[], which is no text)"),
        ({"failure": "kind" + " || kind" * 500}, "(it is nested too deeply)"),
    ],
)
def test_a_code_is_one_text(columns: dict[str, str], reason: str, tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"failures": {"files": "scada*", "columns": {**COLUMNS, **columns}}})
    kit.drop("scada.csv", FILE)
    with pytest.raises(LandingError) as told:
        kit.land()
    assert "vars.mapping.failures[0].columns.failure: " in str(told.value)
    assert reason in str(told.value)


def test_a_type_of_machine_may_lack_a_sensor_and_no_file_is_refused_for_it(tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"telemetry": {"files": "*.csv", "columns": {**COLUMNS, "rotate": "rpm * 60"}}})
    kit.drop("PdM_machines.csv", "machineID,model,age\n1,m,1\n")
    kit.mapping["telemetry"]["files"] = ["a*.csv", "b*.csv"]
    kit.drop("a.csv", f"time,machine,rpm\n{AT},1,10\n")
    kit.drop("b.csv", f"time,machine,volt\n{AT},2,5\n")
    summary = kit.land()
    assert not summary.refused
    assert kit.telemetry() == [(AT, "1", None, 600.0), (AT, "2", 5.0, None)]


def test_later_files_may_all_lack_what_earlier_ones_had(tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"telemetry": {"files": "d*.csv", "columns": {**COLUMNS, "rotate": "rpm"}}})
    first = kit.drop("d1.csv", f"time,machine,rpm\n{AT},1,10\n")
    kit.land()
    first.unlink()
    kit.drop("d2.csv", f"time,machine,volt\n{AT},2,5\n")
    summary = kit.land()
    assert [file.file for file in summary.landed] == ["d2.csv"]
    assert ("sensor of other machines", "rotate") in {(found.kind, found.column) for found in summary.findings}


def test_what_another_entry_reads_is_not_missed_in_this_one(tmp_path: Path) -> None:
    own = {"pressure": "volt", "vibration": "volt"}
    pumps = {"files": "p*.csv", "columns": {**COLUMNS, **own, "volt": "volt"}}
    fans = {"files": "f*.csv", "columns": {**COLUMNS, **own, "rotate": "rpm"}}
    kit = MappedKit(tmp_path, {"telemetry": [pumps, fans]})
    kit.drop("p.csv", f"time,machine,volt\n{AT},1,10\n")
    kit.drop("f.csv", f"time,machine,volt,rpm\n{AT},2,1,5\n")
    assert kit.land().findings == ()


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (
            "time,unit,volt\n1,1,1\n",
            "columns.machineID: machine cannot be used (the file has no column machine; a word that means itself is ",
        ),
        ("", "scada_2.csv is empty (0 bytes)"),
        ("\n\n", "scada_2.csv has no header line"),
        (
            "time,machine,kind\n1,1,1\n",
            "scada_2.csv has none of the sensors that vars.mapping.telemetry[0].columns names",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_the_others_go_on(file: str, sentence: str, tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"telemetry": [{"files": "scada*", "columns": COLUMNS}]})
    kit.drop("scada.csv", FILE)
    kit.drop("scada_2.csv", file)
    summary = kit.land()
    assert [one.file for one in summary.landed] == ["PdM_machines.csv", "scada.csv"]
    [told] = summary.refused
    assert sentence in told
