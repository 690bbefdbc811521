"""A home that has been moved, renamed or copied: MLflow's database, brought to say where its files are now.

MLflow keeps absolute paths. Nightshift itself follows none of them (`ml.registry.artifacts.RunFiles`); they are for
MLflow's own tools, which must not lead from a copy into its origin.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

PLACES = {"artifact_location", "artifact_uri", "source", "storage_location"}  # columns that hold an absolute path
LOCKED_SECONDS = 60.0
DEFAULT = 0  # the experiment that MLflow makes by itself, with its files in whatever folder it was started


def relocate(database: Path, experiment: str, artifacts: Path) -> bool:
    """Write the folder `artifacts` wherever `database` names the one that `experiment` had before.

    One transaction; returns whether anything had to be changed. A database that cannot be written to is left alone.
    """
    here = artifacts.absolute().as_uri()
    with closing(sqlite3.connect(database, timeout=LOCKED_SECONDS, isolation_level=None)) as con:
        moves = _moves(con, experiment, here)
        if not moves or not os.access(database, os.W_OK):
            return False
        con.execute("pragma secure_delete = on")  # no byte of the other place is left
        con.execute("begin immediate")
        for there, now in moves.items():
            for table, column in _columns(con):
                # Not LIKE: a path may hold what is a pattern there.
                con.execute(
                    f'update "{table}" set "{column}" = ?1 || substr("{column}", length(?2) + 1) '
                    f'where "{column}" = ?2 or substr("{column}", 1, length(?2) + 1) = ?2 || \'/\'',
                    (now, there),
                )
        con.execute("commit")
    return True


def _moves(con: sqlite3.Connection, experiment: str, here: str) -> dict[str, str]:
    """The folders that are named, each with the one that takes its place."""
    named = con.execute("select artifact_location from experiments where name = ?", [experiment]).fetchall()
    unused = con.execute(
        "select artifact_location from experiments where experiment_id = ? "
        "and not exists (select 1 from runs where runs.experiment_id = experiments.experiment_id)",
        [DEFAULT],
    ).fetchall()
    found = {there: here for (there,) in named} | {there: f"{here}/{DEFAULT}" for (there,) in unused}
    return {there: now for there, now in found.items() if there and there != now}


def _columns(con: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    tables = [name for (name,) in con.execute("select name from sqlite_master where type = 'table'").fetchall()]
    for table in tables:
        for _, column, *_ in con.execute(f'pragma table_info("{table}")').fetchall():
            if column in PLACES:
                yield table, column
