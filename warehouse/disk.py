"""A disk that is full is a sentence: which path, and how much room it takes."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT}
SQLITE_WORDS = "disk i/o error"  # what SQLite says where there is not a page left, and of broken disks
A_PAGE = 65_536
WORDS = ("no space left on device", "disk quota exceeded", "database or disk is full")


class DiskFull(RuntimeError):
    """Something could not be written for want of room; the message names the path, the room and the cure."""


@contextmanager
def needing_room(path: Path, needed: int | None = None) -> Iterator[None]:
    """Turn the errors of a full disk inside the block, whichever library words them, into DiskFull.

    `path` is what the block writes, a file or a folder; `needed` its size in bytes, or an upper bound of it, where it
    is known.
    """
    try:
        yield
    except Exception as error:
        if not may_be_full(error) or not (is_full(error) or _free(path) < A_PAGE):
            raise
        raise DiskFull(_sentence(path, needed)) from None


def is_full(error: BaseException) -> bool:
    """Whether the operating system, DuckDB or SQLite says by `error` that there is no room left."""
    return getattr(error, "errno", None) in FULL_ERRNOS or any(words in str(error).lower() for words in WORDS)


def may_be_full(error: BaseException) -> bool:
    """The same, or that SQLite says of a full and of a broken disk alike."""
    return is_full(error) or SQLITE_WORDS in str(error).lower()


def _free(path: Path) -> int:
    """Bytes that are free where `path` is, or will be. Raises OSError where nobody can tell."""
    there = next((folder for folder in (path, *path.parents) if folder.exists()), path)
    return shutil.disk_usage(there).free


def _sentence(path: Path, needed: int | None) -> str:
    facts = [] if needed is None else [f"up to {_megabytes(needed)} are needed"]
    with suppress(OSError):
        facts.append(f"{_megabytes(_free(path))} are free")
    return (
        f"There is no room left for {path}{': ' * bool(facts)}{', and '.join(facts)}. Make room, then run again; "
        "what was there before is untouched."
    )


def _megabytes(size: int) -> str:
    return f"{max(size, 0) / 1e6:,.1f} MB"
