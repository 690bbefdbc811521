"""The published copy: tables as Parquet and in a DuckDB file, swapped in atomically.

The working warehouse takes one process at a time. Readers never open it. They open `published/nightshift.duckdb`, which
holds the tables, or `published/latest/`, where the same tables stand as Parquet under stable names: a file each, or a
folder of a file a month where they grow. `latest` leads to a snapshot, a folder that no later publication changes and
that names no path: it may be copied anywhere, and so may the whole. A file whose rows have not changed is a hard link
to that of the snapshot before. A publication that is killed leaves the last one as it was.

Clients open a DuckDB file for writing unless told otherwise. Nobody may write to this one: its mode is 0444, and where
root passes by that, `delivery.publishing.seal` lets no change through.
"""

import shutil
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path

import duckdb

from delivery.publishing.database import write_database
from delivery.publishing.links import lead, link, point, remove
from delivery.publishing.locks import is_locked, publish_lock
from delivery.publishing.parts import Part, digests_in, parts_of, write_part
from delivery.publishing.seal import seal
from delivery.readers import folder_for_readers, for_readers
from warehouse.disk import needing_room

PUBLISHED_DATABASE = "nightshift.duckdb"
LATEST = "latest"
PREFIX = "snapshot_"
PARTIAL = ".partial"


def publish(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    tables: Mapping[str, str],
    keep: int = 3,
    growing: Collection[str] = (),
    parquet_only: Collection[str] = (),
) -> list[str]:
    """Publish `tables` (published name -> relation in the warehouse) into `folder`; returns the names published.

    Those of `growing` become a folder of Parquet, a file a month; those of `parquet_only` stay out of the DuckDB file.
    The last `keep` snapshots stay, and any other that a reader has still open. Raises PublishBusy, and DiskFull, which
    leaves the last publication and no litter.
    """
    folder_for_readers(folder)
    with publish_lock(folder):
        _sweep(folder)
        before = snapshots(folder)
        snapshot = folder / f"{PREFIX}{_number(before[-1]) + 1 if before else 1:08d}"
        try:
            parts = {name: parts_of(con, name, relation, name in growing) for name, relation in tables.items()}
            held = {name: of_table for name, of_table in parts.items() if name not in parquet_only}
            linked = _unchanged(parts, before[-1]) if before else {}
            fresh = [part for part in chain.from_iterable(parts.values()) if part.file not in linked]
            with needing_room(folder, sum(part.bytes for part in chain(fresh, *held.values()))):
                staging = _stage(snapshot, linked)
                for part in fresh:
                    _write(con, part, staging)
                _write_database(staging, held)
                staging.rename(snapshot)
                _show(folder, snapshot)
        except BaseException:
            _sweep(folder)
            raise
        _prune(folder, keep)
    return list(tables)


def snapshots(folder: Path) -> list[Path]:
    """The complete snapshots in `folder`, oldest first."""
    return sorted(folder.glob(f"{PREFIX}*"), key=_number)


def is_open(snapshot: Path) -> bool:
    """Whether another process has the snapshot's DuckDB file open: it may read a file beside it at any time.

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


def _unchanged(parts: Mapping[str, Sequence[Part]], before: Path) -> dict[str, Path]:
    """The files of the snapshot `before` that hold the very same rows, by their paths within it."""
    known = digests_in(before)
    same = [part.file for part in chain.from_iterable(parts.values()) if known.get(part.file) == part.digest]
    return {file: before / file for file in same}


def _stage(snapshot: Path, linked: Mapping[str, Path]) -> Path:
    """The folder that will be the snapshot, under another name, with what is linked to the one before."""
    staging = snapshot.with_name(f".{snapshot.name}{PARTIAL}")
    folder_for_readers(staging)
    for file, source in linked.items():
        folder_for_readers((staging / file).parent)
        link(source, staging / file)
    return staging


def _write(con: duckdb.DuckDBPyConnection, part: Part, staging: Path) -> None:
    file = staging / part.file
    folder_for_readers(file.parent)
    write_part(con, part, file)
    for_readers(file)


def _write_database(staging: Path, tables: Mapping[str, Sequence[Part]]) -> None:
    database = staging / PUBLISHED_DATABASE
    write_database(database, {name: [staging / part.file for part in parts] for name, parts in tables.items()})
    for_readers(database)
    seal(database)


def _show(folder: Path, snapshot: Path) -> None:
    """Let readers find the snapshot from now on, first by `latest`, then by the DuckDB file."""
    lead(folder / LATEST, snapshot, folder / f".{LATEST}{PARTIAL}")
    current, twin = folder / PUBLISHED_DATABASE, folder / f".{PUBLISHED_DATABASE}{PARTIAL}"
    seal(current)  # before the swap: what a reader has left beside the old file must not be taken for the new one's
    point(twin, snapshot / PUBLISHED_DATABASE)
    twin.replace(current)


def _sweep(folder: Path) -> None:
    for litter in folder.glob(f".*{PARTIAL}*"):
        remove(litter)
    for half in folder.glob(f"{PREFIX}*"):
        if not (half / PUBLISHED_DATABASE).exists():  # earlier versions had a snapshot before its DuckDB file
            remove(half)


def _prune(folder: Path, keep: int) -> None:
    for old in snapshots(folder)[:-keep]:
        if not is_open(old):
            hidden = old.rename(folder / f".{old.name}{PARTIAL}")  # atomic: no half of it is ever seen
            shutil.rmtree(hidden)


def _number(snapshot: Path) -> int:
    return int(snapshot.name.removeprefix(PREFIX))
