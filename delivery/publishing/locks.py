"""Whether another process holds a lock on a file: asked of the system, which needs no right to write to the file."""

import fcntl
import os
import struct
import sys
from typing import BinaryIO

LINUX, BSD = "hhqqi0q", "qqihh"  # struct flock: type, whence, start, length, process; macOS has the first two last


def is_locked(file: BinaryIO) -> bool:
    """Whether another process has any lock on `file`, one for reading too (as each reader of a DuckDB file has)."""
    if sys.platform == "linux":
        asked = struct.pack(LINUX, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        return bool(struct.unpack(LINUX, fcntl.fcntl(file, fcntl.F_GETLK, asked))[0] != fcntl.F_UNLCK)
    asked = struct.pack(BSD, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
    return bool(struct.unpack(BSD, fcntl.fcntl(file, fcntl.F_GETLK, asked))[3] != fcntl.F_UNLCK)
