"""Compaction: give the disk back what a warehouse file no longer uses.

DuckDB reuses the blocks of deleted rows and never shrinks the file by itself: after a large restatement the file stays
as large as the old and the new rows together.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.connection import WAIT_SECONDS, connect
from warehouse.sql import literal

WASTE = 2.0  # file size over live size above which the file is compacted


@dataclass(frozen=True)
class FileSize:
    """Bytes of a DuckDB file, and of the blocks in it that are in use."""

    file: int
    live: int

    def exceeds(self, waste: float) -> bool:
        """Whether the file is more than `waste` times its live size."""
        return self.file > waste * max(self.live, 1)


def size_of(con: duckdb.DuckDBPyConnection) -> FileSize:
    """FileSize of the connected database. Blocks freed since the last checkpoint still count as used."""
    block, total, used = con.execute(
        "select block_size, total_blocks, used_blocks from pragma_database_size() "
        "where database_name = current_database()"
    ).fetchall()[0]
    return FileSize(int(block * total), int(block * used))


def compact(path: Path, wait_seconds: float = WAIT_SECONDS, waste: float = WASTE) -> tuple[FileSize, FileSize]:
    """Checkpoint the warehouse; where it exceeds `waste` times its live size, put a fresh copy in its place.

    Returns its size before and after. The writer's lock is held throughout; a process that waits for it opens the new
    file (`wait_for` checks the inode). Killed at any point, the old file stays. Raises as `connect`.
    """
    with connect(path, wait_seconds=wait_seconds) as con:
        con.execute("force checkpoint")
        before = size_of(con)
        if not before.exceeds(waste):
            return before, before
        partial = path.with_name(f".{path.name}.partial")
        for leftover in (partial, partial.with_name(f"{partial.name}.wal")):
            leftover.unlink(missing_ok=True)
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
