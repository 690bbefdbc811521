"""Killed anywhere and run again: the tables of a life that was never disturbed, at no moment half a night."""

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from delivery.notifications.notices import NIGHT_FAILED
from delivery.publishing.snapshots import PUBLISHED_DATABASE
from ml.models.version import ModelVersion
from ml.registry.registry import Registry, registry
from orchestration.commands.doctor import runs
from settings import ROOT, Settings, load_settings
from simulator import FleetSpec, simulate, write_drops
from tests.dbt.mapped import delivered, drops_of, fleet_folder, mappable, mapped_vars, write_files
from tests.orchestration.kill_kit import POLLER, Workspace, differences, digests, kill_in
from tests.orchestration.life import DAYS, FIRST_DAY, phases
from warehouse.connection import connect

pytestmark = pytest.mark.xdist_group("replay")
MACHINES = 12

# What a phase is killed in, each as often as it stands here. An empty step is the start: imports, graph, databases.
PLAN = {
    "build": ["", "landing", "landing", "feature_models", "feature_models", "feature_models"],
    "train": ["ml__champion"] * 4 + ["ml__leaderboard"] * 2 + ["ml__promotion_notices", "ml__promotion_notices_sent"],
    "night 0": ["landing", "feature_models", "ml__prediction_log"],
    "night 1": ["ml__prediction_log", "outcome_models", "outcome_models", "ml__drift"],
    "night 2": [
        "published",
        "published",
        "feature_models",
        "reports__morning_page",
        "ml__notices",
        "ml__notices_sent",
        "metrics",
        "reports__index",
    ],
    "again": ["", "published"],
}

# Of a mapped fleet the steps that read it otherwise: what comes after them knows no mapping.
MAPPED_PLAN = {
    "build": ["landing", "feature_models"],
    "night 0": ["landing", "feature_models"],
    "night 2": ["feature_models", "published"],
}
# Sensors of every kind, in slices and with a baseline as usual.
MAPPED_VARS = {"slice_rows": 20_000_000, "baseline_hours": 168, "retired_after_days": 14}

RUN = """
import sys
from datetime import date
from orchestration.runs.instance import workspace_instance
from orchestration.commands.run import run_job
from settings import load_settings
with workspace_instance() as instance:
    run_job(load_settings(), instance, sys.argv[1], nights=[date.fromisoformat(sys.argv[2])])
"""


@contextmanager
def polled(database: Path) -> Iterator[list[str]]:
    """Somebody reads the published copy all the while; afterwards the list holds what he said."""
    said: list[str] = []
    command = [sys.executable, "-c", POLLER, str(database), str(MACHINES)]
    poller = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield said
    finally:
        said += poller.communicate("")[0].splitlines()


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    write_drops(simulate(FleetSpec(machines=MACHINES, days=DAYS, start=FIRST_DAY, seed=5)), folder, split="daily")
    return folder


def test_a_night_killed_three_times_ends_as_an_undisturbed_one(
    replayed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a copy of the played home the raw tables and the last night are gone, and its run is cut off thrice."""
    workspace = Workspace(tmp_path / "home", replayed.paths.drops)
    shutil.copytree(replayed.paths.home, workspace.home)
    with connect(replayed.paths.warehouse, read_only=True) as con:
        night = con.execute("select max(as_of) from predictions").fetchall()[0][0]
    with connect(workspace.warehouse) as con:
        con.execute("drop schema raw cascade")
        con.execute("delete from ml.prediction_log where as_of = ?", [night])
    use(monkeypatch, workspace)
    chance = random.Random(5)
    with polled(workspace.database) as said:
        for job, step, seconds in (("nightly", "landing", 0.3), ("score", "ml__prediction_log", 0.3),
                                   ("score", "outcome_models", 4)):  # fmt: skip
            process = workspace.start("-c", RUN, job, str(night.date()))
            hit = kill_in(workspace, process, step, chance.uniform(0, seconds))
            print(f"killed in {hit}")
            assert hit
            [cut_off] = runs()
            assert "was cut off and holds the pool" in cut_off.line
        process = workspace.start("-c", RUN, "nightly", str(night.date()))
        process.communicate()
        assert process.returncode == 0, workspace.said()
    assert said[:-1] == []
    for one, other in ((replayed.paths.warehouse, workspace.warehouse),
                       (replayed.paths.published / PUBLISHED_DATABASE, workspace.database)):  # fmt: skip
        # A night builds less than all history, and says so here.
        of_builds = ("main.build_window", "main.rebuild_window", "state.finished_builds")
        assert differences(one, other, {}, ignored=of_builds) == []
    assert [finding.text for finding in runs()] == ["none is open, and the pool is free"]


@pytest.mark.slow
def test_a_life_full_of_kills_ends_as_an_undisturbed_one(
    days: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    took, hits = live_twice(tmp_path, days, {}, PLAN, monkeypatch)
    assert len([hit for hit in hits if hit]) >= 20
    assert set(took) <= {step for steps in PLAN.values() for step in steps}, "a step that is never killed"
    assert len(set(hits) & set(took)) >= len(took) - 3  # the shortest may be over before the kill comes


@pytest.mark.slow
def test_so_does_the_life_of_a_mapped_fleet(days: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = fleet_folder(tmp_path / "fleet", mapped_vars(tmp_path, **MAPPED_VARS))
    (tmp_path / "mapped").mkdir()
    write_files(tmp_path / "mapped", delivered(mappable(drops_of(days))))
    env = {"DBT_PROJECT_DIR": str(project)}
    _, hits = live_twice(tmp_path, tmp_path / "mapped", env, MAPPED_PLAN, monkeypatch)
    assert len([hit for hit in hits if hit]) >= 4


def live_twice(
    folder: Path, days: Path, env: dict[str, str], plan: Mapping[str, Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, float], list[str]]:
    """A life, and another that is killed as `plan` says, which must end alike.

    Returns how many seconds each step took, and in which step each kill has met the other.
    """
    homes = [folder / "undisturbed", folder / "disturbed"]
    undisturbed, disturbed = (Workspace(home, home / "drops", env) for home in homes)
    for home in homes:
        home.mkdir()
    live = ["-m", "tests.orchestration.life", str(days)]
    process = undisturbed.start(*live)
    process.communicate()
    assert process.returncode == 0, undisturbed.said()

    took = {step: sum(all_) / len(all_) for step, all_ in undisturbed.steps().items()}
    chance, hits = random.Random(11), list[str]()
    with polled(disturbed.database) as said:
        for phase, name in zip(phases(), PLAN, strict=True):
            for step in plan.get(name, ()):
                process = disturbed.start(*live)
                reached = _reach(process, phase.name)
                aim = step if reached else ""  # the last kill came too late for its phase
                seconds = chance.uniform(0, 0.9 * took[aim] if aim else 8)
                # Once the head alone dies: dbt lives on for a while and holds the warehouse.
                hit = kill_in(disturbed, process, aim, seconds, group=len(hits) != 4)
                hits.append(hit)
                print(f"kill {len(hits)}: {name}, {seconds:.2f} s into {aim or 'the start'}: hit {hit or 'nothing'}")
        process = disturbed.start(*live)
        process.communicate()
        assert process.returncode == 0, disturbed.said()
    assert said[-1].startswith("polls ")
    assert said[:-1] == []
    assert int(said[-1].split()[1]) > 20
    version = _check_champion(_registry(undisturbed), _registry(disturbed))
    _check_equal(undisturbed, disturbed, {version: "1"} if version != "1" else {})
    assert _notices(disturbed, {version: "1"}) == _notices(undisturbed, {})
    use(monkeypatch, disturbed)
    assert [finding.text for finding in runs()] == ["none is open, and the pool is free"]
    assert not list(disturbed.home.rglob("*.partial"))
    return took, hits


def _reach(process: subprocess.Popen[str], phase: str) -> bool:
    """Wait until `phase` begins; False where a later one, or none, is left to live through."""
    names = [known.name for known in phases()]
    assert process.stdout is not None
    for line in process.stdout:
        if names.index(line.strip()) >= names.index(phase):
            return line.strip() == phase
    return False


def _registry(workspace: Workspace) -> Registry:
    settings = load_settings(ROOT, workspace.env)
    return registry(settings)


def _check_champion(other: Registry, models: Registry) -> str:
    """One champion, byte for byte that of the other life, and no training left running; returns its version."""
    version = models.champion()[1]
    assert _bundle(models, version) == _bundle(other, other.champion()[1])
    experiment = models.client.get_experiment_by_name(models.names.experiment)
    assert experiment is not None
    states = {run.info.status for run in models.client.search_runs([experiment.experiment_id])}
    assert "FINISHED" in states
    assert "RUNNING" not in states
    promoted = models.decisions.promotions()
    assert list(promoted["model_version"][promoted["promoted"]]) == [version.version]
    assert models.find_challenger() is None
    return version.version


def _bundle(models: Registry, version: ModelVersion) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        return digests(models.runs.bundle_of(models.runs.run_id(version), Path(folder)))


def _notices(workspace: Workspace, versions: dict[str, str]) -> list[tuple[str, str]]:
    """What somebody was told, without the failures: kind and title, each as often as it was told."""
    lines = [json.loads(line) for line in (workspace.home / "logs/notifications.log").read_text().splitlines()]
    told = [(line["kind"], line["title"]) for line in lines if "kind" in line and line["kind"] != NIGHT_FAILED]
    return sorted((kind, _with_versions(title, versions)) for kind, title in told)


def _with_versions(text: str, versions: dict[str, str]) -> str:
    for old, new in versions.items():
        text = re.sub(rf"\bversion {old}\b", f"version {new}", text, flags=re.IGNORECASE)
    return text


def _check_equal(undisturbed: Workspace, disturbed: Workspace, versions: dict[str, str]) -> None:
    assert differences(undisturbed.warehouse, disturbed.warehouse, versions) == []
    assert differences(undisturbed.database, disturbed.database, versions) == []
    with connect(disturbed.warehouse, read_only=True) as con:
        landed = con.execute("select count(*), count(distinct (feed, sha256)) from raw.landed_files").fetchall()[0]
        nights = con.execute("select as_of, count(*) from predictions group by as_of").fetchall()
    assert landed[0] == landed[1] > 0
    assert nights
    assert {rows for _, rows in nights} == {MACHINES}


def use(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    for name, value in workspace.env.items():
        monkeypatch.setenv(name, value)
