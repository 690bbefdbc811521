"""A fleet of a folder of its own, from its sample to predictions, once for all tests of it."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration.commands.run import run_job
from orchestration.runs.instance import workspace_instance
from settings import ROOT, Settings, load_settings
from tests.orchestration.life import quick

LAST = date(2025, 4, 20)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Of fleets/presses, as its README chooses it, in a home of its own; with a training of seconds."""
    before, folder = dict(os.environ), Path.cwd()
    for name in ("NIGHTSHIFT_DAGSTER", "NIGHTSHIFT_COMPUTE_LOGS"):  # of another home, where .env has been read for it
        os.environ.pop(name, None)
    os.environ.update(
        DBT_PROJECT_DIR="fleets/presses",
        NIGHTSHIFT_DROPS=str(ROOT / "fleets/presses/sample"),
        NIGHTSHIFT_HOME=str(tmp_path_factory.mktemp("presses")),
    )
    os.chdir(ROOT)
    yield quick(load_settings())
    os.environ.clear()
    os.environ.update(before)
    os.chdir(folder)


@pytest.fixture(autouse=True)
def no_workspace_of_the_caller(settings: Settings) -> None:
    """Here the environment stays as `settings` has set it."""
    assert os.environ["DBT_PROJECT_DIR"] == "fleets/presses"


@pytest.fixture(scope="module")
def scored(settings: Settings) -> Settings:
    """Built, trained, and its last two nights scored, with their pages and the published copy."""
    with workspace_instance(settings) as instance:
        run_job(settings, instance, "build")
        run_job(settings, instance, "challenge")
        run_job(settings, instance, "score", nights=[LAST - timedelta(days=1), LAST])
    return settings
