"""How files are read: what they are made of, which line each row is, and what is said of those that cannot be."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from ingestion import LandingError, LandingSummary
from settings.mapping import FeedMapping
from tests.ingestion.mapping_kit import MappedKit

AT = "2015-01-31 06:00:00"
HEADER = "datetime,machineID,volt,rotate\n"
ROW = f"{AT},1,170.5,440\n"


def landed(folder: Path, file: str | bytes, name: str = "scada.csv", **entry: Any) -> tuple[MappedKit, LandingSummary]:
    kit = MappedKit(folder, {"telemetry": [{"files": "scada*", **entry}]})
    kit.drop(name, file)
    return kit, kit.land()


@pytest.mark.parametrize(
    ("given", "file"),
    [
        ({"encoding": "cp1252"}, (HEADER + f"{AT},Süd – 5 €,1,2\n").encode("cp1252")),
        ({"encoding": "Windows-1252"}, (HEADER + f"{AT},Süd – 5 €,1,2\n").encode("cp1252")),
        ({"encoding": "cp1252"}, gzip.compress((HEADER + f"{AT},Süd – 5 €,1,2\n").encode("cp1252"))),
        ({"encoding": "utf-16-be"}, (HEADER + f"{AT},Süd – 5 €,1,2\n").encode("utf-16-be")),
        ({"encoding": "utf8"}, HEADER + f"{AT},Süd – 5 €,1,2\n"),
        ({}, (HEADER + f"{AT},Süd – 5 €,1,2\n").encode("utf-16")),
        ({"strict_mode": False}, HEADER + f"{AT},Süd – 5 €,1,2\r\n{AT},2,1,2\n"),
        ({}, gzip.compress((HEADER + f"{AT},Süd – 5 €,1,2\n").encode())),
    ],
    ids=[
        "Windows",
        "Windows by its long name",
        "Windows in gzip",
        "the other UTF-16",
        "utf8",
        "a mark of UTF-16",
        "two line ends",
        "gzip by its content",
    ],
)
def test_a_file_is_read_as_it_is_written(given: dict[str, Any], file: str | bytes, tmp_path: Path) -> None:
    kit, _ = landed(tmp_path, file, read=given)
    assert kit.telemetry("machineID")[-1] == ("Süd – 5 €",)


def test_a_name_of_two_lines_and_of_windows(tmp_path: Path) -> None:
    file = f'datetime,machineID,"Volt\n(€)"\n{AT},1,5\nsoon,1,5\n'.encode("cp1252")
    kit, _ = landed(tmp_path, file, read={"encoding": "cp1252"}, columns={"volt": '"Volt (€)"'})
    assert kit.telemetry("volt") == [(5.0,)]
    assert [line for line, _ in kit.reasons()] == [4]


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f"])
def test_a_blank_between_thousands_is_any(blank: str, tmp_path: Path) -> None:
    read = {"delim": ";", "thousands": " ", "decimal_separator": ","}
    kit, _ = landed(tmp_path, f"datetime;machineID;volt\n{AT};1;1{blank}234,5\n", read=read)
    assert kit.telemetry("volt") == [(1234.5,)]


@pytest.mark.parametrize(
    ("read", "file", "lines"),
    [
        ({}, f"{HEADER}{ROW}\n\nsoon,1,1,1\n\nshort\n{AT},2,1,1\n", [5, 7]),
        ({}, f'{HEADER}{AT},"a\n\nb",1,1\nsoon,1,1,1\nshort\nnever,1,1,1\n', [5, 6, 7]),
        ({"comment": "#"}, f"# by us\n{HEADER}# more\n{ROW}\nsoon,1,1,1\nshort\n", [6, 7]),
        ({"skip": 1}, f"made by us\n\n{HEADER}{ROW}soon,1,1,1\n", [5]),
        ({"skip": 2, "comment": "#"}, f"made by us\n# and us\n\n{HEADER}{ROW}soon,1,1,1\n", [6]),
        ({"escape": "\\"}, f'{HEADER}{AT},"5\\" pump",1,1\nsoon,1,1,1\n\nshort\n', [3, 5]),
        (
            {"header": False, "names": ["datetime", "machineID", "volt", "rotate"]},
            f"{ROW}\nsoon,1,1,1\nshort\n",
            [3, 4],
        ),
    ],
    ids=["empty lines", "lines within cells", "comments", "skipped", "skipped with comments", "escapes", "no header"],
)
def test_a_row_is_told_by_its_line(read: dict[str, Any], file: str, lines: list[int], tmp_path: Path) -> None:
    kit, _ = landed(tmp_path, file, read=read)
    assert [line for line, _ in kit.reasons()] == lines
    for line, text in kit.rows("select line, row_text from raw.rejected"):
        assert file.splitlines()[line - 1].startswith(text.partition(",")[0])


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ((HEADER + f"{AT},Süd,1,2\n").encode("cp1252"), "scada.csv, line 2: it is not UTF-8; say `encoding: cp1252`"),
        (
            HEADER + ROW.replace("\n", "\r\n") + ROW,
            "scada.csv: its lines end, or its cells are quoted, in more",
        ),
        (b"PK\x03\x04\x14\x00", "scada.csv is a ZIP file or a workbook of Excel; unpack it, or save it as CSV."),
        ('{"datetime": "2015"}\n', "scada.csv is JSON; make a Parquet file of it"),
        ((HEADER + ROW).replace(",", ";"), 'Its only column is datetime;machineID;volt;rotate: say `delim: ";"` under'),
        ("Export\n" + HEADER + ROW, "Its only column is Export: say another `delim`, or `skip` lines above the header"),
    ],
    ids=["encoding", "line ends", "Excel", "JSON", "delimiter", "lines above"],
)
def test_a_file_that_cannot_be_read_is_told_with_the_cure(file: str | bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(LandingError) as told:
        landed(tmp_path, file)
    first = str(told.value).splitlines()[0]
    assert sentence in first
    assert str(tmp_path) not in first
    assert "vars.mapping.telemetry names (scada*)" in str(told.value)


def test_names_are_of_all_columns(tmp_path: Path) -> None:
    with pytest.raises(
        LandingError, match=r"has 4 columns, and vars.mapping.telemetry\[0\].read.names 2; name them all"
    ):
        landed(tmp_path, ROW, read={"header": False, "names": ["datetime", "machineID"]})


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        ({"header": "false"}, "header must be true or false, without quotes"),
        ({"skip": "one"}, "skip must be a whole number from 0 on"),
        ({"skip": -1}, "skip must be a whole number from 0 on"),
        ({"delim": ""}, "delim must not be empty"),
        ({"decimal_separator": ", "}, "decimal_separator must be one character"),
        ({"decimal_separator": ",", "thousands": ","}, "thousands and decimal_separator must differ"),
        ({"encoding": "utf-9"}, "encoding = utf-9 is no encoding of text, such as utf-8, utf-16, latin-1, cp1252"),
        ({"encoding": "base64"}, "encoding = base64 is no encoding of text"),
        ({"dateformat": "%d.%m.%Y"}, "times are said by the expressions of `columns`"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_refused(read: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match="read") as told:
        FeedMapping.model_validate({"files": "*", "read": read})
    assert sentence in str(told.value)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"delim": r"\t"}, {"delim": "\t"}),
        ({"nullstr": -999}, {"nullstr": "-999"}),
        ({"nullstr": [-999, "x"]}, {"nullstr": ("-999", "x")}),
        ({"names": "a"}, {"names": ("a",)}),
    ],
)
def test_an_option_may_be_written_as_people_do(given: dict[str, Any], read: dict[str, Any]) -> None:
    assert FeedMapping.model_validate({"files": "*", "read": given}).read == read


def test_a_column_is_made_once_whatever_its_capitals() -> None:
    with pytest.raises(ValueError, match="volt and VOLT are one column"):
        FeedMapping.model_validate({"files": "*", "columns": {"volt": "a", "VOLT": "b"}})


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [
        ("ascii", "scada.csv is not ascii; correct vars.mapping.telemetry[0].read.encoding"),
        ("latin-1", "not latin-1; say `encoding: cp1252`"),
    ],
)
def test_another_encoding_than_is_said_is_told(encoding: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(LandingError) as told:
        landed(tmp_path, (HEADER + f"{AT},5 €,1,2\n").encode("cp1252"), read={"encoding": encoding})
    assert sentence in str(told.value)
