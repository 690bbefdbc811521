"""Giving back what a warehouse file no longer uses.

DuckDB fills blocks that rows have left with later rows, and never shrinks the file by itself: after a great restatement
it stays as large as both together.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.connection import WAIT_SECONDS, connect
from warehouse.sql import literal

WASTE = 2.0  # compacted from this many times the live size on


@dataclass(frozen=True)
class FileSize:
    """Bytes of a DuckDB file, and of the blocks in it that hold something."""

    file: int
    live: int

    def exceeds(self, waste: float) -> bool:
        """Whether the file is more than `waste` times what lives in it."""
        return self.file > waste * max(self.live, 1)


def size_of(con: duckdb.DuckDBPyConnection) -> FileSize:
    """How large the connected database is, after a checkpoint where it may be written."""
    block, total, used = con.execute(
        "select block_size, total_blocks, used_blocks from pragma_database_size() "
        "where database_name = current_database()"
    ).fetchall()[0]
    return FileSize(int(block * total), int(block * used))


def compact(path: Path, wait_seconds: float = WAIT_SECONDS, waste: float = WASTE) -> tuple[FileSize, FileSize]:
    """Checkpoint the warehouse; where it exceeds `waste` times its live size, put a fresh copy in its place.

    Returns its size before and after. The writer's lock is held all the while: whoever waits for it opens the new file
    (`wait_for` sees to that). Killed anywhere, the old file stays. Raises as `connect`.
    """
    with connect(path, wait_seconds=wait_seconds) as con:
        con.execute("force checkpoint")
        before = size_of(con)
        if not before.exceeds(waste):
            return before, before
        partial = path.with_name(f".{path.name}.partial")
        for litter in (partial, partial.with_name(f"{partial.name}.wal")):
            litter.unlink(missing_ok=True)
        con.execute(f"attach {literal(partial)} as compacted")
        name = con.execute("select current_database()").fetchall()[0][0]
        con.execute(f'copy from database "{name}" to compacted')
        con.execute("checkpoint compacted")
        con.execute("detach compacted")
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    with connect(path, read_only=True, wait_seconds=wait_seconds) as con:
        return before, size_of(con)
