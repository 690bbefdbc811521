"""Of a file with a few odd lines the rows are the reader's, and those lines are found by their bytes, each of them."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingestion.csv_lines
import ingestion.reader_rows
import ingestion.rejects
import ingestion.store
from ingestion.staging import stage
from tests.ingestion.landing_kit import TELEMETRY, tables

HEADER = TELEMETRY.strip()
GOOD = [f"2025-01-01 {hour:02d}:00:00,1,170.{hour},440,100,40" for hour in range(12)]
BAD = "2025-01-01 12:00:00,1,170,440,100,Bad"
SHORT, LONG = "2025-01-01 13:00:00,1,170", "2025-01-01 14:00:00,1,170,440,100,40,7"
QUOTED = '2025-01-01 15:00:00,"1",170,"440","n/a","40"'
NAMED = "2025-01-01 16:00:00,M\u00fchle,170,440,100,\u2014"
TWICE = '2025-01-01 17:00:00,"1\n2",170,440,100,40'
ODD = [BAD, *GOOD[:6], SHORT, *GOOD[6:9], LONG, QUOTED, NAMED, *GOOD[9:], BAD.replace("12:", "18:")]

LONGER = [f"2025-02-{1 + at // 24:02d} {at % 24:02d}:00:00,1,170,440,100,40" for at in range(240)]


def lines(*rows: str, end: str = "\n") -> bytes:
    return "".join(row + end for row in (HEADER, *rows)).encode()


TAKEN = {
    "line feeds": lines(*ODD),
    "carriage returns and line feeds": lines(*ODD, end="\r\n"),
    "carriage returns": lines(*ODD, end="\r"),
    "a byte order mark": b"\xef\xbb\xbf" + lines(*ODD),
    "no line end behind the last row": lines(*ODD).removesuffix(b"\n"),
    "two odd cells in a row": lines(*GOOD, "2025-01-01 12:00:00,1,NA,440,100,Bad"),
}
NOT_TAKEN = {
    "a blank line": lines(*GOOD[:6], "", BAD, *GOOD[6:]),
    "a blank line at the end": lines(*GOOD, BAD, ""),
    "a line of spaces": lines(*GOOD[:6], "   ", BAD, *GOOD[6:]),
    "a row of two lines": lines(*GOOD[:6], TWICE, BAD, *GOOD[6:]),
    "a row of two lines that is odd": lines(*GOOD[:6], TWICE.replace("170", "Bad"), *GOOD[6:]),
    "a quote that is never closed": lines(*GOOD[:6], BAD, '2025-01-01 13:00:00,"1,1,1,1,1', *GOOD[6:]),
    "a quote that closes too early": lines(*GOOD[:6], BAD, '2025-01-01 13:00:00,"1"2,1,1,1,1', *GOOD[6:]),
    "a quote in an odd row": lines(*GOOD[:6], BAD, '2025-01-01 13:00:00,1,1,1,x","', *GOOD[6:]),
    "bytes that are not UTF-8": lines(*LONGER, BAD.replace("12:", "23:"), BAD).replace(b"Bad", b"\xff", 1),
    "line ends of two kinds": lines(*GOOD[:6], BAD) + lines(*GOOD[6:], end="\r\n").partition(b"\n")[2],
    "another row of the odd one's key": lines(*GOOD, BAD, BAD.replace("Bad", "40")),
    "a time that cannot be read": lines(*GOOD, BAD, "soon,1,1,1,1,1"),
    "two rows that contradict each other": lines(*GOOD, BAD, GOOD[0].replace("170", "175")),
}


def landed(content: bytes, path: Path) -> tuple[dict[str, list[str]], bool]:
    """What the tables hold, which is what they hold of the file read as text; and whether it had to be."""
    with pytest.MonkeyPatch.context() as patched:
        text: list[str] = []

        def staged(*args: Any) -> None:
            text.append(path.name)
            stage(*args)

        patched.setattr(ingestion.store, "stage", staged)
        found, as_text = tables(content, path), bool(text)
        patched.setattr(ingestion.store, "stage_apart", lambda *_: False)
        assert found == tables(content, path)
    return found, as_text


@pytest.mark.parametrize("name", ["telemetry.csv", "telemetry.csv.gz"])
@pytest.mark.parametrize("content", TAKEN.values(), ids=TAKEN)
def test_a_few_odd_lines_are_found_by_their_bytes(content: bytes, name: str, tmp_path: Path) -> None:
    content = gzip.compress(content) if name.endswith("gz") else content
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ingestion.csv_lines, "CHUNK_BYTES", 64)  # about a line
        found, as_text = landed(content, tmp_path / name)
    assert not as_text
    assert found["findings"]


@pytest.mark.parametrize("content", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_a_file_whose_lines_are_in_doubt_is_read_as_text(content: bytes, tmp_path: Path) -> None:
    assert landed(content, tmp_path / "telemetry.csv")[1]


CELLS = st.sampled_from(("1", "2.5", "", "Bad", '"4"', "\u00a05", '"1\n2"', "1,1", '"', "nan", "\u2014"))
ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r"])


@settings(max_examples=15)
@given(cells=st.lists(st.none() | CELLS, min_size=1, max_size=12), end=ENDS, chunk=st.sampled_from([1, 7, 64, 2**20]))
def test_good_rows_with_a_few_odd_cells(
    cells: list[str | None], end: str, chunk: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    begun = [good.rpartition(",")[0] for good in GOOD]
    rows = [f"{start},{'40' if cell is None else cell}" for start, cell in zip(begun, cells, strict=False)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ingestion.csv_lines, "CHUNK_BYTES", chunk)
        landed(lines(*rows, end=end), tmp_path_factory.mktemp("drops") / "telemetry.csv")


@pytest.mark.parametrize(("every", "as_text"), [(100, False), (20, True)])
def test_a_file_of_which_much_is_odd_is_read_as_text_at_once(every: int, as_text: bool, tmp_path: Path) -> None:
    rows = [row if at % every else f"{row.rpartition(',')[0]},Bad" for at, row in enumerate(LONGER)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ingestion.reader_rows, "SMALL", 0)
        assert landed(lines(*rows), tmp_path / "telemetry.csv")[1] is as_text


@pytest.mark.parametrize("cells", [6 * 5, 6 * 6])
def test_no_more_errors_are_kept_than_memory_is_meant_for(cells: int, tmp_path: Path) -> None:
    rows = [good.replace("440", "Bad") for good in GOOD[:5]]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ingestion.rejects, "REJECTED_CELLS", cells)
        assert landed(lines(*rows, *GOOD[5:]), tmp_path / "telemetry.csv")[1] is (cells == 6 * 5)
