"""The lines of a CSV file, numbered: all of them as Arrow batches, or the records that start at some of them.

All cut the file into chunks of whole lines, so that memory does not grow with the file. A line ends as for
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
PIECES, PIECE_BYTES = 8, 2**15
_BOM = b"\xef\xbb\xbf"


class _Chunk(NamedTuple):
    """`size` whole lines; `first` is the number of the first one, and `offset` the bytes of the file before it."""

    first: int
    size: int
    content: bytes
    offset: int

    def lines(self) -> list[str]:
        return io.StringIO(self.content.decode(), newline="").readlines()

    def line_at(self, at: int) -> str:
        """The line that begins at the byte `at` of the content, without its end."""
        end = self.content.find(b"\n", at)
        line = self.content[at : end if end >= 0 else len(self.content)]
        return line.partition(b"\r")[0].decode()


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
    # Of buffers, both: asked to make an array of numpy's, Arrow loads pandas, which takes a fifth of a second.
    numbers = pa.py_buffer(np.arange(chunk.first, chunk.first + chunk.size, dtype=np.int64))
    lines = pa.Array.from_buffers(pa.int64(), chunk.size, [None, numbers])
    return pa.record_batch([lines, text], schema=schema)


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


def records_from(drop: Drop, starts: Iterable[int]) -> tuple[list[Record], int]:
    """The records of one line that begin at the bytes `starts`, which ascend, and how many lines the file has.

    A start may lie before the end of the line above. Where no line begins, or a blank one, there is no record.
    """
    found, lines, waiting = [], 0, deque(starts)
    with damage_reported(drop):
        for chunk in _chunks(drop):
            content, at, number = chunk.content, 0, chunk.first
            while waiting and waiting[0] < chunk.offset + len(content):
                begin = _behind_line_ends(content, max(waiting[0] - chunk.offset, 0))
                if begin == len(content):
                    waiting[0] = chunk.offset + begin
                    continue
                waiting.popleft()
                number, at = number + _line_ends(content, at, begin), begin
                line = chunk.line_at(at)
                if line.strip() and (at == 0 or content[at - 1] in b"\r\n"):
                    found.append(record_at(number, line, deque(), iter(()))[0])
            lines = chunk.first + chunk.size - 1
    return found, lines


def pieces(drop: Drop) -> Iterator[bytes]:
    """Whole lines from places all over the file; of a compressed one from its beginning. Raises OSError."""
    count = 1 if drop.format == "csv.gz" else PIECES
    with _open(drop) as handle:
        for number in range(count):
            handle.seek(drop.state()[0] * number // count)
            yield handle.read(PIECE_BYTES).partition(b"\n")[2].rpartition(b"\n")[0]


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
        offset, rest = (len(start), b"") if start == _BOM else (0, start)
        while block := handle.read(CHUNK_BYTES):
            block = rest + block
            end = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1  # a last \r may be half a line end
            if not end and len(block) >= 4 * LINE_LIMIT:
                raise too_long(drop, number, LINE_LIMIT)
            if end:
                chunk = _chunk(number, block[:end], offset)
                number, offset = number + chunk.size, offset + end
                yield chunk
            rest = block[end:]
        if rest:
            yield _chunk(number, rest, offset)


def _chunk(first: int, content: bytes, offset: int) -> _Chunk:
    ends = _line_ends(content, 0, len(content))
    return _Chunk(first, ends + (not content.endswith((b"\n", b"\r"))), content, offset)


def _line_ends(content: bytes, start: int, end: int) -> int:
    """How many lines end in a part that begins a line and ends before one."""
    feeds = content.count(b"\n", start, end)
    if content.find(b"\r", start, end) < 0:  # which takes a fraction of counting none
        return feeds
    return feeds + content.count(b"\r", start, end) - content.count(b"\r\n", start, end)


def _behind_line_ends(content: bytes, at: int) -> int:
    while at < len(content) and content[at] in b"\r\n":
        at += 1
    return at


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
