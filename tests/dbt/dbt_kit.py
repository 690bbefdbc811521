"""Drops in a temporary folder, landed and built by the real landing and the real dbt, and tables read back."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from ingestion import LandingSummary, land
from settings import ROOT, Fleet, home_for
from tests.dbt.parsed import manifest
from tests.dbt.remembered import shortcuts
from warehouse.connection import connect

Row = dict[str, Any]
Drops = dict[str, list[Row]]  # file name -> rows; the feed is in the name
Key = tuple[str, datetime]
Table = dict[Key, Row]

COLUMNS = {
    "errors": ("errorID",),
    "maint": ("comp",),
    "failures": ("failure", "ended_at", "known_good_at"),
    "feedback": ("comp", "verdict", "note"),
}


class Nightshift:
    """One workspace: a drops folder and a home in `folder`, the dbt project in `project`, vars laid over its own."""

    target = "duckdb"

    def __init__(self, folder: Path, fleet_vars: Mapping[str, Any] | None = None, project: Path = ROOT) -> None:
        self.drops, self.home, self.project = folder / "drops", folder / "home", project
        self.vars = dict(fleet_vars or {})
        self.fleet = fleet(self.vars)
        self.drops.mkdir(parents=True)
        self.home.mkdir()

    def drop(self, drops: Drops) -> None:
        for name, rows in drops.items():
            write_csv(self.drops / name, columns(feed_of(name), self.fleet), rows)

    def land(self, drops: Drops | None = None) -> LandingSummary:
        self.drop(drops or {})
        return land(self.drops, self.home / "warehouse.duckdb", self.fleet)

    def dbt(self, *command: str, **more_vars: Any) -> Any:
        """Run a dbt command in this process; returns dbt's result. Raises AssertionError with the failed nodes."""
        given = {**self.vars, **more_vars}
        with home_for(self.home):
            runner = dbtRunner(manifest=manifest(self.project, self.target, given))
            with shortcuts():
                done = runner.invoke([*command, *_flags(self.project, self.target, self.home, given)])
            DuckDBConnectionManager.close_all_connections()  # in one process dbt would keep the file open
        if not done.success:
            failed = [f"{r.node.name}: {r.message}" for r in getattr(done.result, "results", []) if not _is_fine(r)]
            raise AssertionError(f"dbt {' '.join(command)} failed: {failed or done.exception}")
        return done.result

    def build(self, **more_vars: Any) -> None:
        """The models up to the mart, and what goes with its labels, without their tests."""
        beside = ("hours_to_failure", "horizon_labels", "remaining_time")
        self.dbt("run", "--select", "+feature_mart", *beside, **more_vars)

    def rows(self, query: str) -> list[Row]:
        con = connect(self.home / "warehouse.duckdb")
        try:
            cursor = con.execute(query)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            con.close()

    def table(self, name: str) -> Table:
        """A table by its grain (machine_id, as_of). Raises AssertionError when that is not unique."""
        rows = self.rows(f"select * from {name}")
        found = {(row["machine_id"], row["as_of"]): row for row in rows}
        assert len(found) == len(rows), f"{name} holds a (machine_id, as_of) twice"
        return found


def fleet(fleet_vars: Mapping[str, Any] | None = None) -> Fleet:
    """The repository's fleet with some vars replaced."""
    known = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    return Fleet.model_validate({**known, **(fleet_vars or {})})


def feed_of(name: str) -> str:
    return name.removeprefix("PdM_").split(".")[0].split("_")[0]


def columns(feed: str, known: Fleet) -> Sequence[str]:
    if feed == "machines":
        return ("machineID", "model", "age", "in_service_from", "in_service_until")
    return ("datetime", "machineID", *COLUMNS.get(feed, tuple(known.sensors)), "available_at")


def write_csv(path: Path, names: Sequence[str], rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(names)
        writer.writerows(["" if row.get(name) is None else row[name] for name in names] for row in rows)


def as_drops(feeds: Mapping[str, list[Row]]) -> Drops:
    """One file a feed, under the names of the public data set."""
    return {f"PdM_{feed}.csv": rows for feed, rows in feeds.items()}


def _flags(project: Path, target: str, home: Path, given: Mapping[str, Any]) -> list[str]:
    place = ["--project-dir", str(project), "--profiles-dir", str(project), "--target", target]
    files = ["--target-path", str(home / "dbt"), "--log-path", str(home / "dbt"), "--no-write-json"]
    silent = ["--log-level", "none", "--log-level-file", "none"]  # what failed is told by AssertionError
    return [*place, *files, *silent, "--vars", json.dumps(given)]


def _is_fine(result: Any) -> bool:
    return str(result.status) in ("success", "pass", "skipped", "warn")
