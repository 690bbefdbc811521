"""The Dagster instance that `dagster` commands at the root use, for the commands of this project."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from dagster import DagsterInstance
from dotenv import dotenv_values

from orchestration.dagster_private import open_instance
from orchestration.runs.dead_runs import release_dead_runs
from orchestration.runs.records import config_folder, require_records
from settings import DAGSTER_DB, ROOT, Settings, SettingsError, fleet_name, load_settings, write_out_homes
from warehouse.folder_lock import folder_lock
from warehouse.private import keep_private


@contextmanager
def plain_dagster() -> Iterator[Settings]:
    """For a graph that plain `dagster` loads: its settings, when what a killed run has left open is closed.

    Raises SettingsError where Dagster keeps its records elsewhere than our commands: it would show none of their runs,
    and not know that one step at a time may write.
    """
    _require_our_records()
    write_out_homes()
    settings = load_settings()
    keep_private(settings)
    with workspace_instance(settings):
        yield settings


@contextmanager
def workspace_instance(settings: Settings | None = None) -> Iterator[DagsterInstance]:
    """The instance that `dagster dev` shows, configured by dagster.yaml and .env at the root.

    Dead runs are told of and released first, as `settings` say, by default those of the environment.
    """
    with plain_instance() as instance:
        release_dead_runs(instance, settings or load_settings())
        yield instance


@contextmanager
def plain_instance() -> Iterator[DagsterInstance]:
    """The same instance as it is, dead runs included. Raises SettingsError where its records cannot be written to."""
    for name, value in dotenv_values(ROOT / ".env").items():
        os.environ.setdefault(name, value or "")
    require_records()
    with tempfile.TemporaryDirectory() as scratch:
        with _alone():
            opened = open_instance(Path(scratch), config_folder())
        with opened as instance:
            yield instance


def _alone() -> AbstractContextManager[None]:
    """One process at a time opens the records: of two that find none, both would make their tables, and one fail."""
    records = os.environ.get("NIGHTSHIFT_DAGSTER")
    if not records or os.environ.get(DAGSTER_DB):
        return nullcontext()
    folder = ROOT / records
    _require_writable(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder_lock(folder)


def _require_writable(folder: Path) -> None:
    """SQLite says of a home that is mounted read-only just that it is unable to open a file, and not which."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK):
        raise SettingsError(
            f"{there} cannot be written to, and Dagster keeps its runs in {folder}: allow it, or name another home in "
            "NIGHTSHIFT_HOME."
        )


def _require_our_records() -> None:
    home, records = os.environ.get("DAGSTER_HOME", ""), os.environ.get("NIGHTSHIFT_DAGSTER", "")
    ours = config_folder()
    if ours != ROOT and Path(home or ROOT).resolve() != ours:
        raise SettingsError(
            f"{DAGSTER_DB} is set, and plain Dagster would keep other records than our commands: let it read the "
            f"dagster.yaml of a team, too (export DAGSTER_HOME={ours}), then start again at the root."
        )
    if home and Path(home).resolve() != ours:
        raise SettingsError(
            f"DAGSTER_HOME = {home} makes Dagster read the dagster.yaml there and not ours, which knows our runs and "
            "lets one step at a time write: take it away (unset DAGSTER_HOME), then start again at the root."
        )
    fleet = os.environ.get("DBT_PROJECT_DIR", "")
    if fleet and os.path.normpath(fleet) != (name := fleet_name(fleet)):
        raise SettingsError(
            f"DBT_PROJECT_DIR = {fleet} is known to our commands as {name}, and Dagster would keep other records under "
            f"each: write it so (export DBT_PROJECT_DIR={name}), then start again at the root."
        )
    if records.startswith("~"):
        raise SettingsError(
            "NIGHTSHIFT_HOME begins with ~, which Dagster takes for a folder of that name: write the path out "
            "(export NIGHTSHIFT_HOME=$HOME/...), then start again."
        )
