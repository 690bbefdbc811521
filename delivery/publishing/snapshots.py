"""The published copy: Parquet files and a small DuckDB file of views over them, swapped in atomically.

The working warehouse takes one process at a time. Readers never open it: they open `published/nightshift.duckdb`,
whose views read one snapshot of files that no later publication changes. A month of a table that has not changed
is a hard link to the file of the snapshot before. A publication that is killed leaves the last one as it was.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from delivery.publishing.parts import Part, parts_of, write_part
from warehouse.sql import literal

PUBLISHED_DATABASE = "nightshift.duckdb"
PREFIX = "snapshot_"
PARTIAL = ".partial"
LOCK_SECONDS = 120.0


class PublishBusy(RuntimeError):
    """Another process held the folder's lock for LOCK_SECONDS; the message names the folder and the cure."""


def publish(con: duckdb.DuckDBPyConnection, folder: Path, tables: dict[str, str], keep: int = 3) -> list[str]:
    """Publish `tables` (published name -> relation in the warehouse) into `folder`; returns the names published.

    The last `keep` snapshots stay, and any other that a reader has still open. Raises PublishBusy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _publish_lock(folder):
        for leftover in folder.glob(f".*{PARTIAL}"):
            _remove(leftover)
        before = snapshots(folder)
        number = _number(before[-1]) + 1 if before else 1
        snapshot = folder / f"{PREFIX}{number:08d}"
        staging = folder / f".{snapshot.name}{PARTIAL}"
        staging.mkdir()
        files = {
            name: [_part(con, part, staging, before[-1] if before else None) for part in parts_of(con, name, relation)]
            for name, relation in tables.items()
        }
        staging.rename(snapshot)
        _swap_views(folder, snapshot, files)
        _prune(folder, keep)
    return list(tables)


def snapshots(folder: Path) -> list[Path]:
    """The complete snapshots in `folder`, oldest first."""
    return sorted(folder.glob(f"{PREFIX}*"), key=_number)


def is_open(snapshot: Path) -> bool:
    """Whether another process has the snapshot's views open: it may read a file of it at any time.

    `nightshift.duckdb` is the same file under another name, so a reader's lock on that is a lock on
    this.
    """
    try:
        with (snapshot / PUBLISHED_DATABASE).open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _part(con: duckdb.DuckDBPyConnection, part: Part, staging: Path, before: Path | None) -> str:
    """Put a part's file into `staging`, linked where the snapshot before has the same rows; returns its name."""
    if before is not None and (before / part.file).is_file():
        _link(before / part.file, staging / part.file)
    else:
        write_part(con, part, staging / part.file)
    return part.file


def _swap_views(folder: Path, snapshot: Path, files: dict[str, list[str]]) -> None:
    partial = folder / f".{PUBLISHED_DATABASE}{PARTIAL}"
    with duckdb.connect(str(partial)) as views:
        for name, parts in files.items():
            paths = ", ".join(literal((snapshot / part).absolute()) for part in parts)
            views.execute(f'create view "{name}" as select * from read_parquet([{paths}], hive_partitioning = false)')
    _link(partial, snapshot / PUBLISHED_DATABASE)
    partial.replace(folder / PUBLISHED_DATABASE)


def _prune(folder: Path, keep: int) -> None:
    for old in snapshots(folder)[:-keep]:
        if not is_open(old):
            hidden = old.rename(folder / f".{old.name}{PARTIAL}")  # atomic: no half of it is ever seen
            shutil.rmtree(hidden)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _number(snapshot: Path) -> int:
    return int(snapshot.name.removeprefix(PREFIX))


@contextmanager
def _publish_lock(folder: Path) -> Iterator[None]:
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
