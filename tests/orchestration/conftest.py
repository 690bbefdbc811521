"""One small fleet, with a machine whose id is an attack, played through the whole graph once for all tests here."""

import csv
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from orchestration.commands.replay import replay
from settings import Settings, load_settings
from simulator import FleetSpec, simulate, write_drops

NIGHTS = 4
FIRST_DAY = date(2025, 1, 1)
HOSTILE = '<script>alert(1)</script>\'; drop table predictions; --, "x"'


@pytest.fixture(scope="session")
def drops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drops")
    write_drops(simulate(FleetSpec(machines=12, days=75, start=FIRST_DAY, seed=5)), folder)
    for path in folder.glob("*.csv"):
        _rename_machine(path, "3", HOSTILE)
    with (folder / "PdM_errors.csv").open("a") as errors:
        errors.write('2025-03-10 01:00:00,3,"<img src=x onerror=alert(2)>"\n')
    return folder


@pytest.fixture(scope="session")
def settings(drops: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("home") / "it's home"
    env = {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(drops), "NIGHTSHIFT_DAGSTER": str(home / "dagster"),
           "NIGHTSHIFT_COMPUTE_LOGS": str(home / "dagster/logs")}  # fmt: skip
    before = dict(os.environ)
    os.environ.update(env)
    loaded = load_settings()
    quick = {"iterations": 40, "learning_rate": 0.2, "folds": 2, "fold_nights": 12}
    held_out = {"holdout_nights": 14, "resamples": 40}
    workspace = loaded.workspace.model_copy(
        update={
            "training": loaded.workspace.training.model_copy(update=quick),
            "evaluation": loaded.workspace.evaluation.model_copy(update=held_out),
            "replay": loaded.workspace.replay.model_copy(update={"nights": NIGHTS}),
            # Else Dagster counts nights from 1990 on for every run: half a second each time.
            "schedules": loaded.workspace.schedules.model_copy(update={"first_night": FIRST_DAY}),
        }
    )
    yield loaded.model_copy(update={"workspace": workspace})
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def no_workspace_of_the_caller(settings: Settings) -> None:
    """Here the environment stays as `settings` has set it: dbt and Dagster must find this fleet's home."""
    assert os.environ["NIGHTSHIFT_HOME"] == str(settings.paths.home)


@pytest.fixture(scope="session")
def replayed(settings: Settings) -> Settings:
    replay(settings)
    return settings


@pytest.fixture
def dagster_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Dagster's folder in a home of its own, which the environment names."""
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path))
    monkeypatch.setenv("NIGHTSHIFT_DAGSTER", str(tmp_path / "dagster"))
    monkeypatch.setenv("NIGHTSHIFT_COMPUTE_LOGS", str(tmp_path / "dagster/logs"))
    return tmp_path / "dagster"


def _rename_machine(path: Path, machine: str, name: str) -> None:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    column = rows[0].index("machineID")
    for row in rows:
        row[column] = name if row[column] == machine else row[column]
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
