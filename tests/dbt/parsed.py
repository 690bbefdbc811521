"""The dbt project as dbt has parsed it, which takes seconds: once for all tests of a run and its worker processes.

dbt itself keeps what it has parsed, for the same vars, and tells what has changed; here a folder for each set of vars
that a parse depends on, emptied when any file of the project has changed since.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

from settings import ROOT, home_for
from tests.dbt.remembered import remember

KEPT = Path(tempfile.gettempdir()) / f"nightshift-tests-parsed-{os.getuid()}"
# Vars that make no column, test, edge of the graph or range of a model's config (`label_reach_hours` reads the feeds'
# latency): models read them when they run, whatever was parsed with others.
READ_WHEN_RUN = frozenset({
    "baseline_hours", "corrective_hours", "feed_reaches", "min_baseline_readings",
    "outage_gap_hours", "removed_words", "restate_days", "restate_from", "retired_after_days", "scoring_hour",
    "slice_rows", "snapshot_every_hours",
})  # fmt: skip


def manifest(project: Path, target: str, fleet_vars: Mapping[str, Any]) -> Any:
    """What dbt makes of the project in `project` under these vars. Raises AssertionError where it cannot be parsed."""
    parsed_with = {name: value for name, value in fleet_vars.items() if name not in READ_WHEN_RUN}
    if "mapping" in parsed_with:  # where its lookups lie is landing's alone
        parsed_with["mapping"] = {name: one for name, one in parsed_with["mapping"].items() if name != "lookups"}
    return _manifest(project, target, json.dumps(parsed_with, sort_keys=True))


@cache
def _manifest(project: Path, target: str, given: str) -> Any:
    remember()
    # Of one home whichever a test has: profiles.yml names it, and for another dbt would parse all of it anew.
    with _folder(project, target, given) as folder, home_for(KEPT / "home"):
        place = ["--project-dir", str(project), "--profiles-dir", str(project), "--target", target, "--vars", given]
        files = ["--target-path", str(folder), "--log-path", str(folder), "--log-level-file", "none"]
        parsed = dbtRunner().invoke(["parse", *place, *files, "--quiet", "--no-write-json"])
    assert parsed.success, parsed.exception
    return parsed.result


@contextmanager
def _folder(project: Path, target: str, given: str) -> Iterator[Path]:
    """For dbt to keep it in, for one process at a time; a copy of the project, such as a mutant, leaves nothing."""
    if project != ROOT:
        with tempfile.TemporaryDirectory() as passing:
            yield Path(passing)
        return
    folder = KEPT / hashlib.sha256(f"{project} {target} {given}".encode()).hexdigest()[:16]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = folder / "parsed_from"
    with (KEPT / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != _state():
            shutil.rmtree(folder)
            folder.mkdir(mode=0o700)
        yield folder
        stamp.write_text(_state())


@cache
def _state() -> str:
    """A digest of all that the root's project is made of."""
    text = hashlib.sha256()
    for path in [*sorted((ROOT / "dbt_project").rglob("*")), ROOT / "dbt_project.yml", ROOT / "profiles.yml"]:
        if path.is_file():
            text.update(f"{path}\0".encode() + path.read_bytes())
    return text.hexdigest()
