"""`make doctor`: check the whole set-up, change nothing but where MLflow finds a moved home, and give the cures."""

import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from dagster import DagsterRunStatus, RunsFilter
from dotenv import dotenv_values
from packaging.markers import Marker

from delivery.metrics.textfile import textfile_folders
from ingestion.engine import describe_engine
from ml.wording import counted
from orchestration.runs.dead_runs import open_runs
from orchestration.runs.instance import plain_instance
from settings import DAGSTER_DB, ROOT, Settings, SettingsError, load_settings, write_out_homes
from steps.health.finding import Finding
from steps.health.warehouse import warehouse_findings
from warehouse.connection import WarehouseError
from warehouse.disk import DiskFull, needing_room
from warehouse.servers import ServerUnreachable

PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>.*?))? *\\?$", re.MULTILINE)
DAEMON_SILENT_SECONDS = 120  # it says that it lives every 30
CLOSED_BY_DAEMON = "the daemon closes it within a minute; then run it again"
CLOSED_BY_HAND = "run it again: the next run of anything closes it, as does `.venv/bin/dagster dev`"
FREE_BYTES = 2_000_000_000  # a night's copies, a scenario's mart, a compaction


def main() -> int:
    """Print a line for each finding; 0 where none has an advice, 1 otherwise."""
    write_out_homes()
    os.chdir(ROOT)
    healthy = True
    for finding in examine():
        print(finding.line, flush=True)
        healthy = healthy and not finding.advice
    return 0 if healthy else 1


def examine() -> Iterator[Finding]:
    """Every finding, in the order in which parts depend on each other."""
    yield from versions()
    try:
        settings = load_settings()
    except SettingsError as error:
        for line in str(error).splitlines():
            yield Finding("settings", line, "then look again")
        return
    yield Finding("settings", f"workspace.toml and the vars of {settings.fleet.file} are readable")
    yield engine(settings)
    yield from folders(settings)
    try:
        with needing_room(settings.paths.home):
            yield from warehouse_findings(settings)
            yield from runs()
    except DiskFull as error:
        yield Finding("room", str(error), "then look again")


def versions(lock: Path = ROOT / "requirements.lock") -> Iterator[Finding]:
    """This Python's version and its installed packages, compared with `lock`."""
    python = platform.python_version()
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("python", f"{python}", "" if supported else "Nightshift needs 3.11 to 3.13: make PYTHON=python3.11")
    pins = [found for found in PINNED.finditer(lock.read_text()) if _applies(found["marker"])]
    wrong = [text for found in pins if (text := _mismatch(found["name"], found["version"]))]
    if wrong:
        shown = ", ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        yield Finding("packages", shown, "remove .venv/.installed and run `make setup`")
    else:
        yield Finding("packages", f"all {len(pins)} are those of requirements.lock")


def engine(settings: Settings) -> Finding:
    """The engine with its versions, or why it cannot be used."""
    try:
        return Finding("engine", describe_engine(settings))
    except WarehouseError as error:
        return Finding("engine", str(error), "then look again")


def folders(settings: Settings) -> Iterator[Finding]:
    """Whether home, reports and what collects metrics can be written to, and how much space is free."""
    places = [
        ("home", settings.paths.home, "NIGHTSHIFT_HOME"),
        ("reports", settings.paths.report_dir, "NIGHTSHIFT_HOME"),
    ]
    places += [("metrics", path, "NIGHTSHIFT_METRICS") for path in textfile_folders(settings)[1:]]
    for name, path, variable in places:
        existing = next(parent for parent in (path, *path.parents) if parent.exists())
        free = shutil.disk_usage(existing).free
        if not os.access(existing, os.W_OK | os.X_OK) or not existing.is_dir():
            yield Finding(name, f"{existing} cannot be written to", f"allow it, or name another {variable}")
        elif free < FREE_BYTES:
            text = f"only {free / 1e9:.1f} GB are free at {existing}"
            yield Finding(name, text, f"make room, or move {variable}")
        else:
            yield Finding(name, f"{path} is writable, {free / 1e9:,.0f} GB free")


def runs() -> Iterator[Finding]:
    """Dagster's runs that are under way, those whose process is gone, and how many are queued, behind whom."""
    known = {**dotenv_values(ROOT / ".env"), **os.environ}
    folder = known.get("NIGHTSHIFT_DAGSTER")
    if not known.get(DAGSTER_DB) and (not folder or not (ROOT / folder / "history").exists()):
        yield Finding("runs", "Dagster has no run on record yet")
        return
    try:
        yield from _runs_on_record()
    except (ServerUnreachable, SettingsError) as error:
        yield Finding("runs", str(error), "then look again")


def _runs_on_record() -> Iterator[Finding]:
    with plain_instance() as instance:
        found, queued = open_runs(instance), instance.get_runs_count(RunsFilter(statuses=[DagsterRunStatus.QUEUED]))
        beats = [beat.timestamp for beat in instance.get_daemon_heartbeats().values()]
    takes = max(beats, default=0.0) > time.time() - DAEMON_SILENT_SECONDS
    for run in found:
        job = run.run.job_name if run.run else "a deleted run"
        if run.is_dead:
            text = f"{job} ({run.run_id[:8]}) was cut off{' and holds the pool' if run.claims else ''}"
            yield Finding("runs", f"{text}{_behind(queued, run.claims)}", CLOSED_BY_DAEMON if takes else CLOSED_BY_HAND)
        else:
            where = f"process {', '.join(map(str, sorted(run.alive)))}" if run.alive else "no process yet"
            yield Finding("runs", f"{job} ({run.run_id[:8]}) is under way in {where}{_behind(queued, run.claims)}")
    if queued and not takes:
        text = f"{counted(queued, 'run')} in Dagster's queue, and no daemon to take them out"
        yield Finding("runs", text, "start `.venv/bin/dagster dev`: it runs them, or delete them there")
    elif queued and not any(run.claims for run in found):
        yield Finding("runs", f"{counted(queued, 'run')} in Dagster's queue, which the daemon takes out one by one")
    elif not found:
        yield Finding("runs", "none is open, and the pool is free")


def _behind(queued: int, claims: bool) -> str:
    return f", with {counted(queued, 'run')} queued behind it" if queued and claims else ""


def _applies(marker: str | None) -> bool:
    return marker is None or Marker(marker).evaluate()


def _mismatch(name: str, wanted: str) -> str | None:
    try:
        found = version(name)
    except PackageNotFoundError:
        return f"{name} {wanted} is not installed"
    return None if found == wanted else f"{name} is {found} and not {wanted}"


if __name__ == "__main__":
    sys.exit(main())
