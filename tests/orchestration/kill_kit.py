"""Processes to kill at a moment of their run that Dagster's own log shows, and homes to compare table by table."""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from settings import ROOT
from warehouse.connection import connect

PATIENCE_SECONDS = 900  # for a step that never begins; a run that waits for a slot forever ends here
# When and by which run something was processed; and what the last build said of itself.
BEGUN = "state.begun_builds"  # one that is cut off has begun, and the next begins again
REPLACED = "state.replaced_"  # what builds under way have replaced so far: a build that was cut off did so too
EXCLUDED = {"scored_at", "landed_at", "decided_at", "run_id", "entered_at", "restated_at", "built_at"}

# Polls the published copy until its standard input is closed, and says each thing that only half a night explains.
POLLER = """
import os, select, sys
from pathlib import Path
from delivery.publishing.reading import open_published
database, machines = sys.argv[1], int(sys.argv[2])
polls = 0
while not select.select([sys.stdin], [], [], 0.05)[0]:
    if not os.path.exists(database):
        continue
    with open_published(Path(database).parent) as con:
        counted = "select as_of, count(*), count(distinct machine_id) as n from {} group by as_of having n <> ?"
        for table in ("predictions", "feature_mart"):
            for found in con.execute(counted.format(table), [machines]).fetchall():
                print(table, found, flush=True)
        today = con.execute("select count(*), min(as_of), max(as_of) from fleet_risk_today").fetchall()[0]
        last = con.execute("select max(as_of) from predictions").fetchall()[0][0]
        if today != (machines, last, last):
            print("fleet_risk_today", today, last, flush=True)
    polls += 1
print("polls", polls, flush=True)
"""


@dataclass(frozen=True)
class Workspace:
    """A home, the environment that names it, and the files that its days deliver."""

    home: Path
    drops: Path
    more_env: Mapping[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), "NIGHTSHIFT_HOME": str(self.home),
                "NIGHTSHIFT_DROPS": str(self.drops), "NIGHTSHIFT_DAGSTER": str(self.home / "dagster"),
                "NIGHTSHIFT_COMPUTE_LOGS": str(self.home / "dagster/logs"), "DO_NOT_TRACK": "1",
                "DAGSTER_DISABLE_TELEMETRY": "1", "MLFLOW_DISABLE_TELEMETRY": "true", **self.more_env}  # fmt: skip

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def database(self) -> Path:
        return self.home / "published" / "nightshift.duckdb"

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Run `python ...` at the root as the head of a process group of its own."""
        log = (self.home.parent / f"{self.home.name}.log").open("a")
        with log:
            return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.env, stdout=subprocess.PIPE,
                                    stderr=log, text=True, start_new_session=True)  # fmt: skip

    def said(self) -> str:
        """The ends of what its processes have written."""
        logs = (self.home.parent / f"{self.home.name}.log", self.home / "logs/run.log")
        return "\n".join(path.read_text()[-3000:] for path in logs if path.exists())

    def steps(self) -> dict[str, list[float]]:
        """Seconds that each step took, of those that ended, by step."""
        took: dict[str, list[float]] = {}
        for path in (self.home / "dagster/history/runs").glob("*-*.db"):
            begun: dict[str, float] = {}
            for step, kind, when in _events(path):
                if kind == "STEP_START":
                    begun[step] = when
                elif kind == "STEP_SUCCESS" and step in begun:
                    took.setdefault(step, []).append(when - begun[step])
        return took

    def last_step(self, since: float) -> str:
        """The step that began last in any run from `since` on; empty where none has."""
        begun = [(when, step) for path in (self.home / "dagster/history/runs").glob("*-*.db")
                 for step, kind, when in _events(path) if kind == "STEP_START" and when >= since]  # fmt: skip
        return max(begun)[1] if begun else ""


def kill_in(workspace: Workspace, process: subprocess.Popen[str], step: str, seconds: float, group: bool = True) -> str:
    """SIGKILL the process (and its group) `seconds` after `step` has begun in it; returns the step that it was in.

    An empty `step` counts from the process's own first moment.
    """
    deadline, begun = time.monotonic() + PATIENCE_SECONDS, time.time()
    while step and not _has_begun(workspace, step, begun):
        assert process.poll() is None, f"it ended before {step} began:\n{workspace.said()}"
        assert time.monotonic() < deadline, f"{step} never began:\n{workspace.said()}"
        time.sleep(0.05)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    ended = process.poll() is not None
    with suppress(ProcessLookupError):
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    return "" if ended else workspace.last_step(begun) or "start"


def _has_begun(workspace: Workspace, step: str, since: float) -> bool:
    paths = (workspace.home / "dagster/history/runs").glob("*-*.db")
    events = [event for path in paths for event in _events(path)]
    return any(name == step and kind == "STEP_START" and when >= since for name, kind, when in events)


def _events(path: Path) -> list[tuple[str, str, float]]:
    query = (
        "select step_key, dagster_event_type, (julianday(timestamp) - 2440587.5) * 86400 from event_logs "
        "where dagster_event_type in ('STEP_START', 'STEP_SUCCESS') order by id"
    )
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)) as con:
            return con.execute(query).fetchall()
    except sqlite3.OperationalError:  # being made, or locked for a moment
        return []


def differences(one: Path, other: Path, versions: dict[str, str], ignored: Collection[str] = ()) -> list[str]:
    """What two DuckDB files do not hold alike, apart from moments of processing; `versions` renames model versions."""
    with connect(one, read_only=True) as left, connect(other, read_only=True) as right:
        tables, others = _tables(left), _tables(right)
        found = [f"only one has {name}" for name in sorted(set(tables) ^ set(others))]
        for name in sorted(set(tables) & set(others) - {BEGUN, *ignored}):
            if tables[name] != others[name]:
                found.append(f"{name} has other columns: {set(tables[name]) ^ set(others[name])}")
                continue
            wanted = _rows(left, name, tables[name], {})
            got = _rows(right, name, tables[name], versions)
            if wanted != got:
                odd = [row for row in got if row not in wanted][:2] + [row for row in wanted if row not in got][:2]
                found.append(f"{name}: {len(wanted)} rows, and {len(got)}: {odd}")
    return found


def _tables(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    columns = con.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() "
        "where not internal and database_name = current_database() order by all"
    ).fetchall()
    found: dict[str, list[str]] = {}
    for table, column in columns:
        if column not in EXCLUDED and not table.startswith(REPLACED):
            found.setdefault(table, []).append(column)
    return found


def _rows(con: duckdb.DuckDBPyConnection, table: str, columns: list[str], versions: dict[str, str]) -> list[Any]:
    builds = table == "state.finished_builds"  # cut off after its mart was done, a build is entered once more
    names = ", ".join(
        _column(name, versions) for name in columns if not (builds and name in ("from_us", "build_number"))
    )
    rows = con.execute(f"select {'distinct ' if builds else ''}{names} from {table} order by all").fetchall()
    return [tuple("NaN" if cell != cell else cell for cell in row) for row in rows]  # noqa: PLR0124 - NaN is not itself


def _column(name: str, versions: dict[str, str]) -> str:
    if name != "model_version" or not versions:
        return f'"{name}"'
    renamed = " ".join(f"when '{old}' then '{new}'" for old, new in versions.items())
    return f"case model_version {renamed} else model_version end as model_version"


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
