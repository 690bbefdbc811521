"""A DuckDB file that no reader can change, also not one that opens it for writing, is root and is killed.

DuckDB writes what it changes into `<file>.wal` first, and reads that again with the file. One left behind by a reader
that was killed would belong to no later publication, and every reader would meet "WAL does not match database file".
So the name is taken: it leads to /dev/null, which reads as an empty log and takes no commit. Clients then refuse each
change with an error, and there is nothing to be left behind. Versions 1.2 to 1.4 write past it where root forces a
checkpoint: another reason to make the file anew every night, from files that nobody opens for writing.
"""

import os
from contextlib import suppress
from pathlib import Path

NOWHERE = Path("/dev/null")
LEFTOVERS = (".wal.checkpoint", ".wal.recovery")  # made of a log; without one nothing reads them


def seal(database: Path) -> None:
    """Take the name of the log of `database` away from its readers, and remove what they have left of one.

    Where the file system has no symbolic links, what was left is removed and no more.
    """
    wal = database.with_name(f"{database.name}.wal")
    for name in LEFTOVERS:
        database.with_name(database.name + name).unlink(missing_ok=True)
    partial = database.with_name(f".{wal.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        partial.symlink_to(NOWHERE)
    except OSError:
        wal.unlink(missing_ok=True)
        return
    try:
        os.replace(partial, wal)  # noqa: PTH105 - of the link itself
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
