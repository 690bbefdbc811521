"""The drafted entries tried on the files, by the machinery of landing: typed rows in tables of a scratch database."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion import sql
from ingestion.discover import Drop, find_drops
from ingestion.errors import LandingError, RefusedError, UnfitError
from ingestion.feeds import Column, Feed, Kind, feeds_of
from ingestion.mapping.bound import BoundFile, bind_file
from ingestion.mapping.cells import MadeValue
from ingestion.mapping.entry import SENSOR, EntryPlan
from ingestion.mapping.expressions import reason_of
from ingestion.mapping.plan import prepare
from ingestion.mapping.reader import count_unread, open_table
from ingestion.mapping.source import errors_kept_apart
from ingestion.mapping.statement import rows_sql
from ingestion.rejects import forget_rejects
from ingestion.troubles import file_troubles_reported
from settings import Fleet
from warehouse.connection import Connection, connect
from warehouse.sql import ident

_MEMORY = "1GB"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class TriedFile:
    """What came of one file by one entry: rows that can be used and rows that cannot, or why it is refused.

    bad_cells: cells of sensors that are no numbers. unread: lines that are no rows.
    """

    feed: str
    number: int
    name: str
    rows: int = 0
    unusable: int = 0
    bad_cells: int = 0
    unread: int = 0
    refused: str = ""


@dataclass(frozen=True)
class Looked:
    """All files tried; `stopped` says why nothing could be, and is empty else."""

    files: tuple[TriedFile, ...]
    stopped: str = ""

    def rows(self, feed: str) -> int:
        """Of all files of a feed."""
        return sum(file.rows for file in self.files if file.feed == feed)


@contextmanager
def scratch() -> Iterator[Connection]:
    """A DuckDB of its own in a folder that goes with it, in little memory."""
    folder = Path(tempfile.mkdtemp(prefix="nightshift-intake-"))
    con = connect(folder / "intake.duckdb")
    try:
        con.execute(f"set memory_limit = '{_MEMORY}'")
        con.execute(f"set temp_directory = '{folder / 'spill'}'")
        con.execute("create schema raw")
        con.execute("create table raw.landed_files (feed varchar)")  # which landing asks what came before
        yield con
    finally:
        con.close()
        shutil.rmtree(folder, ignore_errors=True)


def try_files(con: Connection, folder: Path, fleet: Fleet, tell: Tell) -> Looked:
    """Read every file of the fleet's mapping into the table of its feed, raw_<feed>."""
    feeds = feeds_of(fleet)
    try:
        drops, _ = find_drops(folder, fleet.mapping)
        drops = [drop for drop in drops if drop.entries]
        plan = prepare(con, fleet.mapping, feeds, drops)
    except LandingError as error:
        return Looked((), str(error))
    for feed in feeds.values():
        _create(con, feed)
    began = time.monotonic()
    tried: list[TriedFile] = []
    for number, drop in enumerate(drops):
        if time.monotonic() - began > 2:
            tell(f"reading {drop.name} ({number + 1} of {len(drops)})")
        for entry in plan.of(drop):
            if one := _try(con, drop, feeds[drop.feed], entry, len(tried)):
                tried.append(one)
    if plan.entries and any(entry.long for entry in plan.entries.values()):
        _widen(con, feeds["telemetry"])
    return Looked(tuple(tried))


def _create(con: Connection, feed: Feed) -> None:
    columns = ", ".join(f"{ident(column.name)} {column.kind.value}" for column in feed.columns)
    con.execute(f"create or replace table raw_{feed.name} (_file int, _line bigint, _bad bigint, {columns})")
    if feed.merges:
        columns = "_file int, _line bigint, datetime timestamp, machineID varchar, sensor varchar, value double"
        con.execute(f"create or replace table raw_long ({columns})")


def _try(con: Connection, drop: Drop, feed: Feed, entry: EntryPlan, number: int) -> TriedFile | None:
    try:
        with file_troubles_reported(drop):
            table = open_table(con, drop, entry.entry)
            file = bind_file(con, entry, table)
            forget_rejects(con)
            with errors_kept_apart(con):
                con.execute(_insert(file, feed, number), table.parameters)
    except RefusedError as error:
        if drop.loose and isinstance(error, UnfitError):
            return None  # as landing leaves such a file to the feed that can use it
        return TriedFile(feed.name, number, drop.name, refused=str(error))
    except duckdb.Error as error:
        return TriedFile(feed.name, number, drop.name, refused=f"{drop.name} cannot be read ({reason_of(error)}).")
    target = "raw_long" if entry.long else f"raw_{feed.name}"
    unread = count_unread(con)
    needed = " and ".join(f"{ident(name)} is not null" for name in _needed(feed, entry.long is not None))
    if feed.timed and not feed.merges:  # of readings the profile says how many
        needed += f" and not ({sql.too_early('datetime', feed.clock)}) and not ({sql.too_late('datetime', feed.clock)})"
    bad = "0" if entry.long else "coalesce(sum(_bad), 0)"
    [(rows, usable, cells)] = con.execute(
        f"select count(*), count(*) filter ({needed}), {bad} from {target} where _file = {number}"
    ).fetchall()
    con.execute(f"delete from {target} where _file = {number} and not ({needed})")
    lost = int(rows - usable)
    if not feed.timed:  # the last row of each machine says what it is
        con.execute(f"delete from {target} where rowid not in (select max(rowid) from {target} group by machineID)")
        [(usable,)] = con.execute(f"select count(*) from {target} where _file = {number}").fetchall()
    return TriedFile(feed.name, number, drop.name, int(usable), lost, int(cells), unread)


def _needed(feed: Feed, long: bool) -> list[str]:
    return ["datetime", "machineID", "sensor"] if long else [column.name for column in feed.columns if column.needed]


def _insert(file: BoundFile, feed: Feed, number: int) -> str:
    if file.plan.long:
        made = {column.name: _typed(file.made[key], column, feed) for key, column in file.columns.items()}
        value = _typed(file.made["long.value"], Column("value", Kind.NUMBER), feed)
        sensor = f"lower(_v{file.made[f'columns.{SENSOR}'].at})"
        return (
            f"insert into raw_long select {number}, _line, {made['datetime']}, {made['machineID']}, {sensor}, {value} "
            f"from ({rows_sql(file)}) where _use"
        )
    values, columns, bad = [], [], ["0"]
    for place, (key, column) in enumerate(file.columns.items()):
        values.append(f"{_typed(file.made[key], column, feed)} as v{place}")
        columns.append(f"v{place} as {ident(column.name)}")
        if column.sensor and not file.made[key].typed:
            known = sql.is_word(f"t{place}", feed.words.missing)
            values.append(f"_v{file.made[key].at} as t{place}")
            bad.append(f"case when t{place} is null or v{place} is not null then 0 when {known} then 0 else 1 end")
    rows = f"select _line, {', '.join(values)} from ({rows_sql(file)}) where _use"
    return (
        f"insert into raw_{feed.name} by name select {number} as _file, _line, {' + '.join(bad)} as _bad, "
        f"{', '.join(columns)} from ({rows})"
    )


def _typed(made: MadeValue, column: Column, feed: Feed) -> str:
    cell = f"_v{made.at}"
    return cell if made.typed else sql.value(column, cell, feed.words)


def _widen(con: Connection, feed: Feed) -> None:
    """Readings of a machine and moment in one row, beside those of wide files."""
    picked = ", ".join(
        f"max(value) filter (sensor = '{column.name.lower()}') as {ident(column.name)}" for column in feed.sensors
    )
    con.execute(
        f"""insert into raw_telemetry by name select min(_file) as _file, min(_line) as _line, 0 as _bad, datetime,
        machineID,
        {picked} from raw_long group by datetime, machineID"""
    )


def trial_fleet(root_vars: Mapping[str, object], sensors: Mapping[str, object], own: Mapping[str, object]) -> Fleet:
    """The root's vars with these in their place."""
    return Fleet.model_validate({**root_vars, "sensors": sensors, **own})
