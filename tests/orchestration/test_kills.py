"""Killed anywhere and run again: the tables of a life that was never disturbed, at no moment half a night."""

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.simulator import FleetSpec, simulate, write_drops
from data.warehouse import connect
from ml.registry import Registry
from ml.score import ModelVersion
from orchestration.dead_runs import open_runs
from orchestration.instance import plain_instance
from settings import ROOT, load_settings
from tests.orchestration.kill_kit import POLLER, Workspace, differences, digests, kill_in
from tests.orchestration.life import DAYS, FIRST_DAY, phases

pytestmark = pytest.mark.xdist_group("replay")
MACHINES = 12

# What a phase is killed in, each as often as it stands here. An empty step is the start: imports, graph, databases.
PLAN = {
    "build": ["", "landing", "landing", "feature_models", "feature_models", "feature_models"],
    "train": ["ml__champion"] * 4 + ["ml__leaderboard"] * 2,
    "night 0": ["landing", "feature_models", "ml__prediction_log"],
    "night 1": ["ml__prediction_log", "outcome_models", "outcome_models", "ml__drift"],
    "night 2": ["reports__morning_page", "published", "published", "feature_models"],
    "again": ["", "published"],
}


@contextmanager
def polled(database: Path) -> Iterator[list[str]]:
    """Somebody reads the published copy all the while; afterwards the list holds what he said."""
    said: list[str] = []
    command = [sys.executable, "-c", POLLER, str(database), str(MACHINES)]
    poller = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield said
    finally:
        said += poller.communicate("")[0].splitlines()


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    write_drops(simulate(FleetSpec(machines=MACHINES, days=DAYS, start=FIRST_DAY, seed=5)), folder, split="daily")
    return folder


@pytest.mark.slow
def test_a_life_full_of_kills_ends_as_an_undisturbed_one(
    days: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes = [tmp_path / "undisturbed", tmp_path / "disturbed"]
    undisturbed, disturbed = (Workspace(home, home / "drops") for home in homes)
    for home in homes:
        home.mkdir()
    live = ["-m", "tests.orchestration.life", str(days)]
    process = undisturbed.start(*live)
    process.communicate()
    assert process.returncode == 0, undisturbed.said()

    took = {step: sum(all_) / len(all_) for step, all_ in undisturbed.steps().items()}
    chance, hits = random.Random(11), list[str]()
    with polled(disturbed.database) as said:
        for phase, (name, steps) in zip(phases(), PLAN.items(), strict=True):
            for step in steps:
                process = disturbed.start(*live)
                _reach(process, phase.name)
                seconds = chance.uniform(0, took[step] if step else 8)
                # Once the head alone dies: dbt lives on for a while and holds the warehouse.
                hit = kill_in(disturbed, process, step, seconds, group=len(hits) != 4)
                hits.append(hit)
                print(f"kill {len(hits)}: {name}, {seconds:.2f} s into {step or 'the start'}: hit {hit or 'nothing'}")
        process = disturbed.start(*live)
        process.communicate()
        assert process.returncode == 0, disturbed.said()
    assert len([hit for hit in hits if hit]) >= 20
    assert set(took) <= set(hits)

    assert said[-1].startswith("polls ")
    assert said[:-1] == []
    assert int(said[-1].split()[1]) > 20
    version = _check_champion(_registry(undisturbed), _registry(disturbed))
    _check_equal(undisturbed, disturbed, {version: "1"} if version != "1" else {})
    _check_nothing_is_left_open(disturbed, monkeypatch)
    assert not list(disturbed.home.rglob("*.partial"))


def _reach(process: subprocess.Popen[str], phase: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == phase:
            return
    raise AssertionError(f"{phase} never began")


def _registry(workspace: Workspace) -> Registry:
    settings = load_settings(ROOT, workspace.env)
    return Registry(settings.paths, settings.workspace.mlflow)


def _check_champion(other: Registry, models: Registry) -> str:
    """One champion, byte for byte that of the other life, and no training left running; returns its version."""
    version = models.champion()[1]
    assert _bundle(models, version) == _bundle(other, other.champion()[1])
    experiment = models.client.get_experiment_by_name(models.names.experiment)
    assert experiment is not None
    states = {run.info.status for run in models.client.search_runs([experiment.experiment_id])}
    assert "FINISHED" in states
    assert "RUNNING" not in states
    promoted = models.promotions()
    assert list(promoted["model_version"][promoted["promoted"]]) == [version.version]
    assert models.find_challenger() is None
    return version.version


def _bundle(models: Registry, version: ModelVersion) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        return digests(models.bundle_of(models.run_id(version), Path(folder)))


def _check_equal(undisturbed: Workspace, disturbed: Workspace, versions: dict[str, str]) -> None:
    assert differences(undisturbed.warehouse, disturbed.warehouse, versions) == []
    assert differences(undisturbed.database, disturbed.database, versions) == []
    with connect(disturbed.warehouse, read_only=True) as con:
        landed = con.execute("select count(*), count(distinct (feed, sha256)) from raw.landed_files").fetchall()[0]
        nights = con.execute("select as_of, count(*) from predictions group by as_of").fetchall()
    assert landed[0] == landed[1] > 0
    assert nights
    assert {rows for _, rows in nights} == {MACHINES}


def _check_nothing_is_left_open(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in workspace.env.items():
        monkeypatch.setenv(name, value)
    with plain_instance() as instance:
        assert open_runs(instance) == []
