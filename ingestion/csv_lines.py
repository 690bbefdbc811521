"""The lines of a CSV file, numbered: all of them as Arrow batches, or the records that start at some of them.

Both cut the file into chunks of whole lines, so that memory does not grow with the file. A line ends as for
`csv_records`: with a line feed, a carriage return, or both.
"""

import gzip
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from ingestion.csv_records import LINE_LIMIT, Record, damage_reported, record_at, too_long
from ingestion.discover import Drop
from ingestion.errors import RefusedError

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_BYTES = 2**20
_BOM = b"\xef\xbb\xbf"


class _Chunk(NamedTuple):
    """`size` whole lines; `first` is the number of the first one."""

    first: int
    size: int
    content: bytes

    def lines(self) -> list[str]:
        return io.StringIO(self.content.decode(), newline="").readlines()


def line_batches(drop: Drop, refuse: Callable[[RefusedError], object]) -> "pa.RecordBatchReader":
    """Every line, blank ones too, as columns _line and _text, which ends with what ended the line.

    Reading it fails for a file that `csv_records.records` refuses: `refuse` gets the error, for who reads sees another.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to import, and files without odd rows never need it

    schema = pa.schema([("_line", pa.int64()), ("_text", pa.string())])
    return pa.RecordBatchReader.from_batches(schema, _batches(drop, schema, refuse))


def _batches(drop: Drop, schema: "pa.Schema", refuse: Callable[[RefusedError], object]) -> Iterator["pa.RecordBatch"]:
    try:
        with damage_reported(drop):
            for chunk in _chunks(drop):
                yield _batch(drop, chunk, schema)
    except RefusedError as error:
        refuse(error)
        raise


def _batch(drop: Drop, chunk: _Chunk, schema: "pa.Schema") -> "pa.RecordBatch":
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    chunk.content.decode()  # raises where it is not UTF-8
    content = _line_feeds_only(chunk.content)
    ends = np.flatnonzero(np.frombuffer(content, np.uint8) == ord("\n")).astype(np.int32) + 1
    open_end = np.full(chunk.size - len(ends), len(content), np.int32)
    offsets = np.concatenate([np.zeros(1, np.int32), ends, open_end])
    if np.diff(offsets).max() >= LINE_LIMIT - 1:  # in bytes
        _refuse_long_lines(drop, chunk)
    text = pa.StringArray.from_buffers(chunk.size, pa.py_buffer(offsets), pa.py_buffer(content))
    numbers = pa.array(np.arange(chunk.first, chunk.first + chunk.size))
    return pa.record_batch([numbers, text], schema=schema)


def records_at(drop: Drop, numbers: Iterable[int]) -> Iterator[tuple[Record, int]]:
    """The records that start at the lines `numbers`, which ascend, and how many further lines each takes up.

    A line that is blank, or that an earlier one of these records takes up, has none.
    """
    with damage_reported(drop):
        window, free = _Window(_chunks(drop)), 0
        for number in numbers:
            if number < free:
                continue
            line = window.line(number)
            if line.strip():
                record, joined = record_at(number, line, deque(), window.after(number))
                free = number + joined + 1
                yield record, joined


class _Window:
    """Lines by their number, asked for in ascending order."""

    def __init__(self, chunks: Iterator[_Chunk]) -> None:
        self._chunks = chunks
        self._held: deque[tuple[_Chunk, list[str]]] = deque()

    def line(self, number: int) -> str:
        """The line `number`, after which lines before it cannot be had any more."""
        while self._held and number >= self._held[0][0].first + self._held[0][0].size:
            self._held.popleft()
        return next(chain(self._from(number), [""]))

    def after(self, number: int) -> Iterator[str]:
        """The lines behind `number`."""
        return self._from(number + 1)

    def _from(self, number: int) -> Iterator[str]:
        at = 0
        while True:
            while at == len(self._held):
                chunk = next(self._chunks, None)
                if chunk is None:
                    return
                if number < chunk.first + chunk.size:
                    self._held.append((chunk, chunk.lines()))
            chunk, lines = self._held[at]
            if number < chunk.first + chunk.size:
                for index in range(number - chunk.first, chunk.size):
                    yield lines[index]
                number = chunk.first + chunk.size
            at += 1


def _chunks(drop: Drop) -> Iterator[_Chunk]:
    number, rest = 1, b""
    with _open(drop) as handle:
        start = handle.read(len(_BOM))
        rest = b"" if start == _BOM else start
        while block := handle.read(CHUNK_BYTES):
            block = rest + block
            end = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1  # a last \r may be half a line end
            if not end and len(block) >= 4 * LINE_LIMIT:
                raise too_long(drop, number, LINE_LIMIT)
            if end:
                chunk = _chunk(number, block[:end])
                number += chunk.size
                yield chunk
            rest = block[end:]
        if rest:
            yield _chunk(number, rest)


def _chunk(first: int, content: bytes) -> _Chunk:
    feeds = content.count(b"\n")
    returns = content.count(b"\r")
    ends = feeds + (returns - content.count(b"\r\n") if returns else 0)
    return _Chunk(first, ends + (not content.endswith((b"\n", b"\r"))), content)


def _refuse_long_lines(drop: Drop, chunk: _Chunk) -> None:
    for number, line in enumerate(chunk.lines(), start=chunk.first):
        if len(line) >= LINE_LIMIT:
            raise too_long(drop, number, LINE_LIMIT)


def _line_feeds_only(content: bytes) -> bytes:
    if b"\r" not in content:
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _open(drop: Drop) -> BinaryIO:
    if drop.format == "csv.gz":
        return cast(BinaryIO, gzip.open(drop.path, "rb"))
    return drop.path.open("rb")
