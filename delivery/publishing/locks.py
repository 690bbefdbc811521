"""Who holds what: whether a reader has a file open, and one publisher at a time in a folder."""

import fcntl
import os
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LINUX, BSD = "hhqqi0q", "qqihh"  # struct flock: type, whence, start, length, process; macOS has the first two last
LOCK_SECONDS = 120.0


class PublishBusy(RuntimeError):
    """Another process held the folder's lock for LOCK_SECONDS; the message names the folder and the cure."""


def is_locked(file: BinaryIO) -> bool:
    """Whether another process has any lock on `file`, one for reading too (as each reader of a DuckDB file has).

    Asked of the system, which needs no right to write to the file.
    """
    if sys.platform == "linux":
        asked = struct.pack(LINUX, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        return bool(struct.unpack(LINUX, fcntl.fcntl(file, fcntl.F_GETLK, asked))[0] != fcntl.F_UNLCK)
    asked = struct.pack(BSD, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
    return bool(struct.unpack(BSD, fcntl.fcntl(file, fcntl.F_GETLK, asked))[3] != fcntl.F_UNLCK)


@contextmanager
def publish_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: one publisher at a time; a process that is killed releases it. Raises PublishBusy."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise PublishBusy(
                        f"Another process has been publishing into {folder} for {LOCK_SECONDS:g} s: "
                        "let it finish or end it, then publish again."
                    ) from None
                time.sleep(0.1)
        yield
    finally:
        os.close(handle)
