"""The one way to open the warehouse: bounded waiting for its lock, UTC, two threads."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb

from settings import Settings
from warehouse.disk import is_full
from warehouse.sql import literal

THREADS = 2
RETRY_SECONDS = 0.2
WAIT_SECONDS = 300.0
LOCKED = "Could not set lock on file"  # in DuckDB's words; a path may well hold "lock"
REPORT_AFTER_SECONDS = 3.0  # a shorter wait for a lock is not reported

Connection = duckdb.DuckDBPyConnection
Report = Callable[[str], None]


class WarehouseError(RuntimeError):
    """The warehouse file cannot be opened; the message names the file and the cure."""


class WarehouseBusy(WarehouseError):
    """Another process held the lock for longer than `wait_seconds`."""


def open_warehouse(settings: Settings, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open the workspace's warehouse, waiting for it as long as `[warehouse] wait_seconds` says; see `connect`."""
    return connect(settings.paths.warehouse, read_only, settings.workspace.warehouse.wait_seconds)


def connect(
    path: Path, read_only: bool = False, wait_seconds: float = WAIT_SECONDS, report: Report | None = None
) -> duckdb.DuckDBPyConnection:
    """Open the DuckDB file `path` with TimeZone UTC, trying for `wait_seconds` while another process holds its lock.

    DuckDB takes one writing process at a time, and a reader stops the writer: close the connection soon. A wait of
    more than a few seconds goes once to `report` (default: standard error), with the process that holds the file.
    Writing creates the parent folder and the file. Raises WarehouseBusy, or WarehouseError for a file that is
    missing (read-only), cannot be made or is not a DuckDB database.
    """
    if read_only and not path.exists():
        raise WarehouseError(f"There is no warehouse at {path}: land the raw files first.")
    if not read_only:
        make_folder(path.parent)
    con = wait_for(path, wait_seconds, lambda: duckdb.connect(str(path), read_only=read_only), report)
    con.execute(f"set threads = {THREADS}")
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")  # drawn under `python -m`, which DuckDB takes for a prompt
    return con


def make_folder(folder: Path) -> None:
    """Make the folder of a warehouse where it is not there. Raises WarehouseError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if is_full(error):
            raise
        raise WarehouseError(
            f"The folder {folder} cannot be made ({error.strerror}): allow it, or name another in NIGHTSHIFT_HOME."
        ) from None


def wait_for(
    path: Path, wait_seconds: float, attempt: Callable[[], duckdb.DuckDBPyConnection], report: Report | None = None
) -> duckdb.DuckDBPyConnection:
    """The connection that `attempt` opens on `path`, tried until the file's lock is free. Raises as `connect`."""
    began, reported = time.monotonic(), False
    while True:
        before = _inode(path)
        try:
            con = attempt()
        except duckdb.Error as error:
            message = str(error)
            if LOCKED not in message:
                raise WarehouseError(f"{path} cannot be opened as a DuckDB file: {message.splitlines()[0]}") from None
        else:
            if before in (None, _inode(path)):
                return con
            con.close()  # compacted meanwhile: this connection is to the replaced file
            continue
        waited = time.monotonic() - began
        if waited >= wait_seconds:
            raise WarehouseBusy(_busy_sentence(path, message, wait_seconds)) from None
        if waited >= REPORT_AFTER_SECONDS and not reported:
            reported = True
            (report or to_terminal)(
                f"waiting for {_holder(message)}, which holds {path}; giving up after {wait_seconds:g} s"
            )
        time.sleep(RETRY_SECONDS)


def _busy_sentence(path: Path, message: str, waited: float) -> str:
    return (
        f"{path} is held by {_holder(message)} and was not free within {waited:g} s: "
        "let it finish or close it, then run again (to look at tables meanwhile, open the published copy)."
    )


def _holder(message: str) -> str:
    """Who holds the lock, as DuckDB's message names it, with the command line where the system tells it."""
    named = re.search(r"held in (.*?)(?: by user \S+)? \(PID (\d+)\)", message) or re.search(r"()PID (\d+)", message)
    if named is None:
        return "another process"
    command = named.group(1)
    with suppress(OSError):
        words = Path(f"/proc/{named.group(2)}/cmdline").read_bytes().decode(errors="replace").split("\0")
        command = " ".join(words).strip() or command
    return f"process {named.group(2)}" + (f" ({_shortened(command)})" if command else "")


def _shortened(command: str, most: int = 100) -> str:
    line = " ".join(command.split())
    return line if len(line) <= most else line[: most - 3] + "..."


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def to_terminal(line: str) -> None:
    """Write a line to the terminal even where sys.stderr is redirected: the user should see why nothing happens."""
    print(line, file=sys.__stderr__ or sys.stderr, flush=True)


def copy_raw(source: Path, target: Path, telemetry_from: datetime) -> None:
    """Copy the raw tables of the warehouse file `source` into `target`, telemetry only from `telemetry_from` on.

    A scenario's mart is built from that copy with other vars. Which files each build had seen comes along: an event
    that was late stays late. Raises as `connect`.
    """
    connect(source, read_only=True).close()
    with connect(target) as con:
        con.execute(f"attach {literal(source)} as original (read_only)")
        con.execute("create schema if not exists raw")
        for (name,) in con.execute("select table_name from information_schema.tables where table_catalog = 'original' "
                                   "and table_schema = 'raw'").fetchall():  # fmt: skip
            recent = "where datetime >= ?" if name == "telemetry" else ""
            values = [telemetry_from] if recent else []
            con.execute(f"create table raw.{name} as select * from original.raw.{name} {recent}", values)
        if con.execute("select 1 from information_schema.tables where table_catalog = 'original' "
                       "and table_schema = 'state' and table_name = 'finished_builds'").fetchone():  # fmt: skip
            con.execute("create schema if not exists state")
            con.execute(
                "create table state.finished_builds as "
                "select from_us, built_until, last_file_id, known_until, restated_from_us "
                "from original.state.finished_builds"
            )
        con.execute("detach original")


@contextmanager
def transaction(con: Connection) -> Iterator[None]:
    """Commit the block's statements together, or roll all of them back when it raises."""
    con.execute("begin transaction")
    try:
        yield
        con.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):
            con.execute("rollback")
        raise
