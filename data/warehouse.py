"""The one way to open the warehouse: bounded waiting for its lock, UTC, two threads."""

import re
import time
from datetime import datetime
from pathlib import Path

import duckdb

THREADS = 2
RETRY_SECONDS = 0.2


class WarehouseError(RuntimeError):
    """The warehouse file cannot be opened; the message names the file and the cure."""


class WarehouseBusy(WarehouseError):
    """Another process held the warehouse for longer than we were willing to wait."""


def connect(path: Path, read_only: bool = False, wait_seconds: float = 60) -> duckdb.DuckDBPyConnection:
    """Open the DuckDB file `path` with TimeZone UTC, trying for `wait_seconds` while another process holds its lock.

    DuckDB takes one writing process at a time, and a reader stops the writer: close the connection soon.
    Writing creates the parent folder and the file. Raises WarehouseBusy, or WarehouseError for a file that is
    missing (read-only) or is not a DuckDB database.
    """
    if read_only and not path.exists():
        raise WarehouseError(f"There is no warehouse at {path}: land the raw files first.")
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    con = _open(path, read_only, time.monotonic() + wait_seconds, wait_seconds)
    con.execute(f"set threads = {THREADS}")
    con.execute("set TimeZone = 'UTC'")
    return con


def _open(path: Path, read_only: bool, deadline: float, waited: float) -> duckdb.DuckDBPyConnection:
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only)
        except duckdb.Error as error:
            message = str(error)
            if "lock" not in message.lower():
                raise WarehouseError(f"{path} cannot be opened as a DuckDB file: {message.splitlines()[0]}") from None
            if time.monotonic() >= deadline:
                raise WarehouseBusy(_busy_sentence(path, message, waited)) from None
        time.sleep(RETRY_SECONDS)


def _busy_sentence(path: Path, message: str, waited: float) -> str:
    holder = re.search(r"PID (\d+)", message)
    who = f"process {holder.group(1)}" if holder else "another process"
    return (
        f"{path} is held by {who} and was not free within {waited:g} s: "
        "let it finish or close it, then run again (to look at tables meanwhile, open the published copy)."
    )


def copy_raw(source: Path, target: Path, telemetry_from: datetime) -> None:
    """Copy the raw tables of one warehouse into a new one, to be built otherwise; telemetry only from a moment on."""
    connect(source, read_only=True).close()
    with connect(target) as con:
        con.execute(f"attach {literal(source)} as house (read_only)")
        con.execute("create schema if not exists raw")
        for (name,) in con.execute("select table_name from duckdb_tables() where database_name = 'house' "
                                   "and schema_name = 'raw'").fetchall():  # fmt: skip
            recent = "where datetime >= ?" if name == "telemetry" else ""
            values = [telemetry_from] if recent else []
            con.execute(f"create table raw.{name} as select * from house.raw.{name} {recent}", values)
        con.execute("detach house")


def literal(path: Path) -> str:
    """A path as an SQL string."""
    return "'" + str(path).replace("'", "''") + "'"
