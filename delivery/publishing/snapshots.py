"""The published copy: Parquet files and a small DuckDB file of views over them, swapped in atomically.

The working warehouse takes one process at a time. Readers never open it: they open `published/nightshift.duckdb`,
whose views read one snapshot of files that no later publication changes. A month of a table that has not changed
is a hard link to the file of the snapshot before. A publication that is killed leaves the last one as it was.
The views name files by absolute paths, since DuckDB looks for others below the reader's folder: `settle` makes them
again where the home has been moved or copied.

Clients open a DuckDB file for writing unless told otherwise. Nobody may write to this one: its mode is 0444, and where
root passes by that, `delivery.publishing.seal` lets no change through.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import duckdb

from delivery.publishing.locks import is_locked
from delivery.publishing.parts import Part, parts_of, tables_in, write_part
from delivery.publishing.seal import seal
from delivery.readers import folder_for_readers, for_readers
from warehouse.disk import needing_room
from warehouse.sql import literal

PUBLISHED_DATABASE = "nightshift.duckdb"
PREFIX = "snapshot_"
PARTIAL = ".partial"
LOCK_SECONDS = 120.0
VIEWS_BYTES = 1_000_000


class PublishBusy(RuntimeError):
    """Another process held the folder's lock for LOCK_SECONDS; the message names the folder and the cure."""


def publish(con: duckdb.DuckDBPyConnection, folder: Path, tables: dict[str, str], keep: int = 3) -> list[str]:
    """Publish `tables` (published name -> relation in the warehouse) into `folder`; returns the names published.

    The last `keep` snapshots stay, and any other that a reader has still open. Raises PublishBusy, and DiskFull, which
    leaves the last publication and no litter.
    """
    folder_for_readers(folder)
    with _publish_lock(folder):
        _sweep(folder)
        before = snapshots(folder)
        snapshot = folder / f"{PREFIX}{_number(before[-1]) + 1 if before else 1:08d}"
        try:
            parts = {name: parts_of(con, name, relation) for name, relation in tables.items()}
            known = {file.name for file in before[-1].iterdir()} if before else set()
            fresh = sum(part.bytes for part in chain.from_iterable(parts.values()) if part.file not in known)
            with needing_room(folder, fresh):
                _write(con, snapshot, parts, before[-1] if before else None)
                _make_views(folder, snapshot, shown=True)
        except BaseException:
            _sweep(folder)
            raise
        _prune(folder, keep)
    return list(tables)


def settle(folder: Path) -> bool:
    """Let the views read the snapshots beside them, where those of a home that was moved or copied name its old place.

    DuckDB keeps absolute paths. Returns whether it did; a folder that cannot be written to is left alone. Raises
    PublishBusy and DiskFull.
    """
    if not os.access(folder, os.W_OK) or all(map(reads_its_own, snapshots(folder))):
        return False
    with _publish_lock(folder):
        complete = [path for path in snapshots(folder) if os.path.lexists(path / PUBLISHED_DATABASE)]
        with needing_room(folder, VIEWS_BYTES * len(complete)):
            for snapshot in complete:
                _make_views(folder, snapshot, shown=snapshot == complete[-1])
    return bool(complete)


def reads_its_own(snapshot: Path) -> bool:
    """Whether the snapshot's views read its own files, which must not be taken for granted: see `settle`."""
    own = literal(f"{snapshot.absolute()}/").removesuffix("'")
    try:
        with duckdb.connect(str(snapshot / PUBLISHED_DATABASE), read_only=True) as views:
            found = views.execute("select sql from duckdb_views() where not internal").fetchall()
    except duckdb.Error:
        return False
    return all(own in sql for (sql,) in found)


def snapshots(folder: Path) -> list[Path]:
    """The complete snapshots in `folder`, oldest first."""
    return sorted(folder.glob(f"{PREFIX}*"), key=_number)


def is_open(snapshot: Path) -> bool:
    """Whether another process has the snapshot's views open: it may read a file of it at any time.

    `nightshift.duckdb` is the same file under another name, so a reader's lock on that is a lock on
    this.
    """
    try:
        with (snapshot / PUBLISHED_DATABASE).open("rb") as file:
            return is_locked(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _write(
    con: duckdb.DuckDBPyConnection, snapshot: Path, parts: Mapping[str, Sequence[Part]], before: Path | None
) -> None:
    """Write a snapshot under another name first; a part of the very same rows is linked to the one `before`."""
    staging = snapshot.with_name(f".{snapshot.name}{PARTIAL}")
    folder_for_readers(staging)
    for part in chain.from_iterable(parts.values()):
        file = staging / part.file
        if before is not None and (before / part.file).is_file():
            _link(before / part.file, file)
        else:
            write_part(con, part, file)
        for_readers(file)
    staging.rename(snapshot)


def _make_views(folder: Path, snapshot: Path, shown: bool) -> None:
    """The views of a snapshot over its files; where `shown`, they are the ones that readers open from now on."""
    partial = folder / f".{PUBLISHED_DATABASE}{PARTIAL}"
    partial.unlink(missing_ok=True)
    with duckdb.connect(str(partial)) as views:
        for name, files in tables_in(snapshot).items():
            paths = ", ".join(literal(path.absolute()) for path in files)
            views.execute(f'create view "{name}" as select * from read_parquet([{paths}], hive_partitioning = false)')
    for_readers(partial)
    own, current = snapshot / PUBLISHED_DATABASE, folder / PUBLISHED_DATABASE
    seal(own)
    if not shown:
        partial.replace(own)
        return
    seal(current)  # before the swap: what a reader has left beside the old file must not be taken for the new one's
    twin = folder / f".{own.parent.name}{PARTIAL}"
    try:
        os.link(partial, twin)
        twin.replace(own)
    except OSError:  # a file system without hard links: readers must open the same file all the same, see is_open
        partial.replace(own)
        _point(partial, own)
    partial.replace(current)


def _point(link: Path, file: Path) -> None:
    """A symbolic link that moves with its folder, or a copy where there are none."""
    try:
        link.symlink_to(file.relative_to(link.parent))
    except OSError:
        shutil.copyfile(file, link)
        for_readers(link)


def _sweep(folder: Path) -> None:
    for litter in folder.glob(f".*{PARTIAL}*"):
        _remove(litter)
    for half in folder.glob(f"{PREFIX}*"):
        if not (half / PUBLISHED_DATABASE).exists():  # cut off before anybody could open it
            _remove(half)


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
