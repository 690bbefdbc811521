"""Rows that are read together say what the records of the file say one by one: the same rows, reasons and lines."""

import gzip
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingestion.csv_lines
import ingestion.store
import ingestion.text_cells
from ingestion.csv_records import Record, records
from ingestion.discover import Drop
from ingestion.staging import TYPED_LINES, stage
from tests.ingestion.landing_kit import TELEMETRY, tables

TIMES = st.sampled_from((
    "2025-01-01 06:00:00", "2025-01-01 07:00:00", "2025-01-01T07:00:00Z", " 2025-01-01 06:00:00\t", "soon", "",
    "2025-09-01 01:00:00", "2150-01-01 00:00:00", "15-01-01 07:00:00", '"2025-01-01 06:00:00"', "31/01/2025",
))  # fmt: skip
IDS = st.sampled_from(
    ("1", "2", " 1", "1\u00a0", '"1"', '"a,b"', '"a""b"', "", "\u00e9", '"a\nb"', '"a\r\n\n,1\nb"', "#1")
)
NUMBERS = st.sampled_from(
    ("1", "2.5", "", "NA", "Bad", "abc", '"176,2"', " 3 ", "nan", "inf", "1e999", '"4"', '""', "\u00a05", "\0")
)
BROKEN = st.sampled_from((
    "", " ", "\t", "\u2003", '"', '2025-01-01 06:00:00,"1,1,1,1,1', '2025-01-01 06:00:00,"1"x,1,1,1,1', "a,b",
    "2025-01-01 08:00:00,1,1,1,1", "2025-01-01 08:00:00,1,1,1,1,1,,", "2025-01-01 08:00:00,1,1,1,1,1,9",
    '2025-01-01 06:00:00, "1",1,1,1,1', '"' + "\n" * 55 + '"', "1," * 9, 'x"y,"', "\x1f\x1e",
))  # fmt: skip
ROWS = st.tuples(TIMES, IDS, NUMBERS, NUMBERS, NUMBERS, NUMBERS).map(",".join)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"])


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    rows = draw(st.lists(st.tuples(ROWS | ROWS | BROKEN, ENDS), max_size=12))
    uniform = draw(st.none() | ENDS)
    text = TELEMETRY + "".join(row + (uniform or end) for row, end in rows)
    text = text.removesuffix("\n") if draw(st.booleans()) else text
    return (
        draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode() + draw(st.sampled_from([b"", b"", b"", b"\xff"]))
    )


def one_by_one(drop: Drop, numbers: Iterator[int]) -> Iterator[tuple[Record, int]]:
    return ((record, 0) for record in islice(records(drop), 1, None))


def all_odd(con: Any, source: Any, feed: Any) -> None:
    stage(con, source, feed)
    con.execute(f"update {TYPED_LINES} set _odd = true")


def odd(*_: object) -> None:
    raise ingestion.store.OddRowsError(together=False)


@pytest.mark.parametrize("name", ["telemetry.csv", "telemetry.csv.gz"])
@settings(max_examples=18)
@given(content=contents(), chunk=st.sampled_from([1, 7, 64, 2**20]))
def test_rows_read_together_and_single_records_say_the_same(
    name: str, content: bytes, chunk: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("drops") / name
    content = gzip.compress(content) if name.endswith("gz") else content
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ingestion.store, "_insert_typed", odd)
        patched.setattr(ingestion.csv_lines, "CHUNK_BYTES", chunk)
        apart = tables(content, path)
        patched.setattr(ingestion.store, "stage_apart", lambda *_: False)
        staged = tables(content, path)
        patched.setattr(ingestion.text_cells, "records_at", one_by_one)
        patched.setattr(ingestion.store, "stage", all_odd)
        assert apart == staged == tables(content, path)
