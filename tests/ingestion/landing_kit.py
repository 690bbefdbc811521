"""Small helpers of the landing tests: a fleet, a folder of drops, and looking into the warehouse."""

from pathlib import Path
from typing import Any

import duckdb

import ingestion.store
from ingestion import LandingSummary, land
from ingestion.discover import Content, Drop
from ingestion.errors import RefusedError
from ingestion.feeds import feeds_of
from ingestion.raw_schema import ensure_tables
from ingestion.source import open_source
from settings import ROOT, Fleet, load_settings
from warehouse.connection import connect

MACHINES = "machineID,model,age\n1,model3,18\n2,model4,7\n"
TELEMETRY = "datetime,machineID,volt,rotate,pressure,vibration\n"
ROW = "2025-01-01 06:00:00,1,170,440,100,40\n"

TABLES = {
    "telemetry": "*",
    "rejected": "line, reason, row_text",
    "findings": "kind, column_name, occurrences, example",
    "landed_files": "rows, rejected, duplicates, first_datetime, last_datetime, held, held_first, held_last",
}


def fleet(*more_sensors: str) -> Fleet:
    known = load_settings(ROOT, env={}).fleet
    sensors = {**known.sensors, **dict.fromkeys(more_sensors, known.sensors["volt"])}
    return known.model_copy(update={"sensors": sensors})


class Kit:
    """A drops folder and a warehouse in `folder`, with a machines file dropped."""

    def __init__(self, folder: Path) -> None:
        self.drops, self.warehouse = folder / "drops", folder / "home" / "warehouse.duckdb"
        self.drops.mkdir()
        self.drop("PdM_machines.csv", MACHINES)

    def drop(self, name: str, content: str | bytes) -> Path:
        path = self.drops / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self, *more_sensors: str) -> LandingSummary:
        return land(self.drops, self.warehouse, fleet(*more_sensors))

    def landed(self, telemetry: str | bytes, name: str = "PdM_telemetry.csv") -> LandingSummary:
        self.drop(name, telemetry)
        return self.land()

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        con = connect(self.warehouse)
        try:
            return con.execute(query, parameters).fetchall()
        finally:
            con.close()

    def reasons(self) -> list[tuple[int, str]]:
        return self.rows("select line, reason from raw.rejected order by _file_id, line")


def tables(content: bytes, path: Path) -> dict[str, list[str]]:
    """What one file leaves in the tables, after another that it may repeat."""
    feed, found = feeds_of(fleet())["telemetry"], {}
    with duckdb.connect() as con:
        con.execute("set threads = 1; set TimeZone = 'UTC'")
        ensure_tables(con, {feed.name: feed})
        for written in (TELEMETRY.encode() + b"2025-01-01 06:00:00,1,1,1,1,1\n", content):
            path.write_bytes(written)
            drop = Drop(path, feed.name, path.name.partition(".")[2])
            try:
                source = open_source(con, drop, feed)
                ingestion.store.store(con, source, feed, Content(drop.state(), drop.sha256), lambda *_: "raw.telemetry")
            except RefusedError as refusal:
                found["refused"] = [str(refusal)]
        for table, columns in TABLES.items():
            rows = con.execute(f"select {columns} from raw.{table} order by all").fetchall()
            found[table] = [str(row) for row in rows]
    return found
