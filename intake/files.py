"""What lies in a folder, by content and not by name: text, Parquet, or what cannot be looked into and why."""

import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingestion import contents
from ingestion.discover import Drop, printable

HEAD_BYTES = 1 << 18
_MOST_FILES = 20_000
TEXT, PARQUET = "csv", "parquet"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class SeenFile:
    """A file: `kind` is csv, parquet or empty for one that is not looked into, for the reason in `problem`.

    head: the first bytes, unpacked. packed: whether it is gzip by content. place: below the folder, for patterns.
    """

    path: Path
    place: str
    kind: str
    size: int
    head: bytes = b""
    packed: bool = False
    problem: str = ""

    @property
    def name(self) -> str:
        """As it may be printed."""
        return printable(self.place)

    def drop(self, feed: str, entry: int = 0) -> Drop:
        """The file as landing knows it."""
        return Drop(self.path, feed, self.kind, self.place.removesuffix(self.path.name), (entry,))


def files_below(folder: Path) -> list[SeenFile]:
    """Every file below the folder but hidden and unfinished ones, in the order of their places; links stay closed."""
    found = []
    for parent, folders, names in os.walk(folder, onerror=None):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith(".") and not name.lower().endswith((".tmp", ".partial")):
                found.append(Path(parent, name))
    kept = sorted(found)[:_MOST_FILES]
    return [_seen(path, path.relative_to(folder).as_posix()) for path in kept]


def closed_folders(folder: Path) -> list[str]:
    """Sentences on folders below that may not be entered."""
    closed: list[OSError] = []
    for _ in os.walk(folder, onerror=closed.append):
        pass
    return [f"{printable(str(error.filename))} cannot be entered ({error.strerror}): allow it." for error in closed]


def _seen(path: Path, place: str) -> SeenFile:
    try:
        place.encode()
    except UnicodeEncodeError:
        return SeenFile(path, place, "", 0, problem="has a name that is not UTF-8: rename it")
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
            return SeenFile(
                path, place, "", 0, problem="is a link that leads out of the folder: put the file itself there"
            )
        if not path.is_file():
            return SeenFile(path, place, "", 0, problem="is no file")
        size = path.stat().st_size
        with path.open("rb") as handle:
            head = handle.read(HEAD_BYTES)
    except OSError as error:
        return SeenFile(path, place, "", 0, problem=f"cannot be read ({error.strerror}): allow it, or copy it again")
    return _by_content(path, place, size, head)


def _by_content(path: Path, place: str, size: int, head: bytes) -> SeenFile:
    if not size:
        return SeenFile(path, place, "", 0, problem="is empty (0 bytes)")
    if head.startswith(contents.PARQUET_MAGIC):
        return SeenFile(path, place, PARQUET, size)
    packed = head.startswith(contents.GZIP_MAGIC)
    if packed:
        try:
            head = b"".join(_unpacked(path))
        except (OSError, EOFError, zlib.error):
            return SeenFile(path, place, "", size, problem="is a broken gzip file: copy it again")
    told = _why_not(path, head)
    return SeenFile(path, place, "" if told else TEXT, size, head, packed, told)


def _unpacked(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as handle:
        yield handle.read(HEAD_BYTES)


def _why_not(path: Path, head: bytes) -> str:
    if told := contents.unreadable_kind(head, path.name):
        return told
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n"):
        return "holds nothing but white space"
    if path.suffix.lower() in (".md", ".rst", ".py", ".c", ".sql", ".html", ".sh"):
        return "is a text for people, by its name"
    if b"\0" in head and not head.startswith(_UTF16):
        return "is binary, of no kind that is known here"
    return ""
