"""The Dagster instance that `dagster` commands at the root use, for the commands of this project."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import DagsterInstance
from dotenv import dotenv_values

from orchestration.dagster_private import open_instance
from orchestration.runs.dead_runs import release_dead_runs
from settings import ROOT


@contextmanager
def workspace_instance() -> Iterator[DagsterInstance]:
    """The instance that `dagster dev` shows, configured by dagster.yaml and .env at the root.

    Dead runs are released first.
    """
    with plain_instance() as instance:
        release_dead_runs(instance)
        yield instance


@contextmanager
def plain_instance() -> Iterator[DagsterInstance]:
    """The same instance as it is, dead runs included."""
    for name, value in dotenv_values(ROOT / ".env").items():
        os.environ.setdefault(name, value or "")
    with tempfile.TemporaryDirectory() as scratch, open_instance(Path(scratch), ROOT) as instance:
        yield instance
