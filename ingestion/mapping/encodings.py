"""Text in encodings that DuckDB does not read: a copy in UTF-8 for the time of the landing."""

import gzip
import shutil
import tempfile
from typing import TYPE_CHECKING

from ingestion.discover import Drop
from ingestion.errors import RefusedError

if TYPE_CHECKING:
    from tempfile import _TemporaryFileWrapper


def copy_in_utf8(drop: Drop, encoding: str) -> "_TemporaryFileWrapper[str]":
    """The file's text in UTF-8, unpacked where it is gzip, in a private file that goes with what is returned.

    Raises RefusedError for text that is not in this encoding.
    """
    with drop.path.open("rb") as handle:
        packed = handle.read(2) == b"\x1f\x8b"
    unpack = gzip.open if packed else open
    copy = tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", suffix=".csv")  # noqa: SIM115
    try:
        with unpack(drop.path, "rt", encoding=encoding, newline="") as text:
            shutil.copyfileobj(text, copy)
    except (UnicodeError, EOFError, gzip.BadGzipFile):
        raise RefusedError(f"{drop.name} is not {encoding}; correct {drop.by}.read.encoding, or the file.") from None
    copy.flush()
    return copy
