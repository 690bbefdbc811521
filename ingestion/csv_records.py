"""A CSV file record by record with the line number of each: the reference, and the way of single odd records."""

import contextlib
import csv
import gzip
import zlib
from collections import deque
from collections.abc import Generator, Iterator
from typing import NamedTuple, TextIO, cast

from ingestion.discover import Drop
from ingestion.errors import RefusedError

LINE_LIMIT = 2**21  # characters; DuckDB's reader has the same bound
HEADER_LIMIT = 2**17  # characters of the header line
JOINED_LINES = 50  # a quoted cell may hold at most this many line breaks
_UNCLOSED = "unexpected end of data"


class Record(NamedTuple):
    """One record; `line` counts from 1 with the header, `problem` says why `cells` is empty."""

    line: int
    cells: list[str]
    text: str
    problem: str | None


def records(drop: Drop, line_limit: int = LINE_LIMIT) -> Generator[Record]:
    """Every record, header first, blank lines skipped.

    Raises RefusedError for a file that is not UTF-8 or not whole gzip, or that has a line of `line_limit` characters.
    """
    with damage_reported(drop), _open(drop) as handle:
        yield from _records(_lines(handle, drop, line_limit), line_limit)


def header(drop: Drop) -> Record | None:
    """The first record; None for a file without one. Raises RefusedError also for a line that no header has."""
    with contextlib.closing(records(drop, HEADER_LIMIT)) as found:
        return next(found, None)


@contextlib.contextmanager
def damage_reported(drop: Drop) -> Iterator[None]:
    """Raise RefusedError for a file that is not UTF-8 or not whole gzip."""
    try:
        yield
    except UnicodeDecodeError:
        raise RefusedError(f"{drop.name} is not UTF-8 text; save it as UTF-8 and drop it again.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise RefusedError(f"{drop.name} is not a whole gzip file; drop it again.") from None


def too_long(drop: Drop, number: int, limit: int) -> RefusedError:
    """The refusal of a file whose line `number` has `limit` characters or more."""
    return RefusedError(f"{drop.name} has a line {number} of more than {limit:,} characters; it is no usable CSV.")


def _open(drop: Drop) -> TextIO:
    if drop.format == "csv.gz":
        return cast(TextIO, gzip.open(drop.path, "rt", encoding="utf-8-sig", newline=""))
    return drop.path.open(encoding="utf-8-sig", newline="")


def _lines(handle: TextIO, drop: Drop, limit: int) -> Iterator[str]:
    number = 0
    while line := handle.readline(limit):
        number += 1
        if len(line) == limit:
            raise too_long(drop, number, limit)
        yield line


def _records(lines: Iterator[str], limit: int) -> Iterator[Record]:
    ahead: deque[str] = deque()
    number = 0
    while True:
        line = ahead.popleft() if ahead else next(lines, "")
        if not line:
            return
        number += 1
        if not line.strip():
            continue
        record, joined = record_at(number, line, ahead, lines, limit)
        for _ in range(joined):
            ahead.popleft()
        number += joined
        yield record


def record_at(
    number: int, line: str, ahead: deque[str], lines: Iterator[str], limit: int = LINE_LIMIT
) -> tuple[Record, int]:
    """The record that starts at `line`, and how many of the lines ahead belong to it.

    The lines that follow are those of `ahead`, then those of `lines`, which move to `ahead` once they are looked at.
    """
    text, joined = line, 0
    while True:
        shown = text.rstrip("\r\n")
        try:
            return Record(number, next(csv.reader([text], strict=True, skipinitialspace=True)), shown, None), joined
        except csv.Error as error:
            problem = str(error)
        more = _next_with_quote(joined, ahead, lines) if problem == _UNCLOSED else 0
        if not more or len(text) > limit:
            first = line.rstrip("\r\n")
            reason = "a quote is opened and never closed" if problem == _UNCLOSED else f"broken quoting ({problem})"
            return Record(number, [], first, reason), 0
        text += "".join(ahead[i] for i in range(joined, more))
        joined = more


def _next_with_quote(joined: int, ahead: deque[str], lines: Iterator[str]) -> int:
    """How many lines ahead reach to the next one that could close the quote; 0 when there is none near."""
    for index in range(joined, JOINED_LINES):
        if index == len(ahead):
            line = next(lines, "")
            if not line:
                return 0
            ahead.append(line)
        if '"' in ahead[index]:
            return index + 1
    return 0
