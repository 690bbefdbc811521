"""A fleet of a folder of its own, from its sample to predictions, once for all tests of it."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from ingestion import land
from ml.mart.nights import as_of_night
from orchestration.commands.run import run_job
from orchestration.runs.instance import workspace_instance
from settings import ROOT, Settings, load_settings
from settings.fleet_file import fleet_vars
from steps.pages import write_morning_page
from steps.publish import publish_tables
from steps.score import score_nights
from steps.train import train_challenger
from tests.dbt.dbt_kit import Nightshift
from tests.orchestration.life import quick

LAST = date(2025, 4, 20)
NIGHTS = (LAST - timedelta(days=1), LAST)
OUTCOMES = "path:dbt_project/models/outcomes"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Nightshift:
    return Nightshift(tmp_path_factory.mktemp("presses"), fleet_vars(ROOT, ROOT / "fleets/presses").known)


@pytest.fixture(scope="module")
def settings(workspace: Nightshift) -> Iterator[Settings]:
    """Of fleets/presses, as its README chooses it, in a home of its own; with a training of seconds."""
    before, folder = dict(os.environ), Path.cwd()
    for name in ("NIGHTSHIFT_DAGSTER", "NIGHTSHIFT_COMPUTE_LOGS"):  # of another home, where .env has been read for it
        os.environ.pop(name, None)
    os.environ.update(
        DBT_PROJECT_DIR="fleets/presses",
        NIGHTSHIFT_DROPS=str(ROOT / "fleets/presses/sample"),
        NIGHTSHIFT_HOME=str(workspace.home),
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


@pytest.fixture(scope="module", params=["by its steps", pytest.param("by its jobs", marks=pytest.mark.slow)])
def scored(request: pytest.FixtureRequest, settings: Settings, workspace: Nightshift) -> Settings:
    """Built, trained, and its last two nights scored, with their pages and the published copy."""
    if request.param == "by its jobs":
        with workspace_instance(settings) as instance:
            run_job(settings, instance, "build")
            run_job(settings, instance, "challenge")
            run_job(settings, instance, "score", nights=list(NIGHTS))
        return settings
    land(settings.paths.drops, settings.paths.warehouse, settings.fleet)
    workspace.dbt("run", "--exclude", OUTCOMES)
    train_challenger(settings)
    nights = [as_of_night(night, settings.fleet.scoring_hour) for night in NIGHTS]
    score_nights(settings, nights)
    workspace.dbt("run", "--select", OUTCOMES)
    write_morning_page(settings, nights[-1])
    publish_tables(settings)
    return settings
