"""Models of a team: records in PostgreSQL, files in S3, the same for every machine that names them."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from ml.evaluation.decision import Decision
from ml.models.version import ModelVersion
from ml.registry.artifacts import BUNDLE, FilesRemoved, remove_files
from ml.registry.registry import Registry, open_registry
from ml.registry.run_log import TrainingRun
from ml.registry.store import Store
from ml.registry.thresholds import alert_thresholds
from ml.training.recipe import Recipe
from ml.training.train import Trained, TrainingCosts
from settings import Settings
from tests.team.servers import PASSWORD, PLAIN_PASSWORD, Postgres, client_of, free_port
from warehouse.servers import ServerUnreachable

pytestmark = pytest.mark.team
NOW = datetime(2025, 1, 11, 7)


class Team:
    """Two machines with a home each, one registry, and the store's own client."""

    def __init__(self, settings: Settings, database: str, homes: Path, s3: dict[str, str]) -> None:
        names = {"database": database, "files": "s3://nightshift/models"}
        self.names = settings.workspace.mlflow.model_copy(update=names)
        self.paths = settings.paths
        self.homes = homes
        self.client = client_of(s3)

    def on(self, machine: str) -> Registry:
        return open_registry(self.paths.model_copy(update={"home": self.homes / machine}), self.names)

    def stored(self, run_id: str) -> set[str]:
        found = self.client.list_objects_v2(Bucket="nightshift", Prefix=f"models/{run_id}/").get("Contents", [])
        return {one["Key"].removeprefix(f"models/{run_id}/artifacts/") for one in found}


@pytest.fixture(scope="module")
def team(
    settings: Settings, postgres: Postgres, s3: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Team]:
    postgres.make("registry")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3.items():
            patch.setenv(name, value)
        yield Team(settings, postgres.address("registry"), tmp_path_factory.mktemp("homes"), s3)


@pytest.fixture(scope="module")
def first(team: Team, trained: Trained, recipe: Recipe) -> ModelVersion:
    assert not Store(team.paths, team.names).exists()
    models = team.on("one")
    verdict = Decision(True, True, "because", 10, 2, "2025-01-01", "2025-01-10", {})
    version = models.register(TrainingRun(trained, recipe, TrainingCosts(1.0, 1e9), verdict, "# card"))
    models.record(version, verdict, NOW)
    return version


def test_another_machine_scores_with_the_same_model(team: Team, first: ModelVersion, trained: Trained) -> None:
    found = team.on("other").find_champion()
    assert found is not None
    assert found[1] == first
    assert found[0].card == trained.model.card
    assert not list(team.homes.glob("*/mlflow.db")), "records are in the database alone"
    models = team.on("other")
    assert models.runs.tuning(first).equals(trained.tuning)
    assert models.decisions.promotions()["model_version"].tolist() == [first.version]
    assert alert_thresholds(team.paths, team.names, [first.version]).keys() == {first.version}


def test_mlflows_own_tools_find_model_and_files(team: Team, first: ModelVersion, tmp_path: Path) -> None:
    client = team.on("one").client
    found = client.get_model_version_by_alias(first.name, "champion")
    assert found.run_id
    assert found.source == f"s3://nightshift/models/{found.run_id}/artifacts/{BUNDLE}"
    local = Path(client.download_artifacts(found.run_id, BUNDLE, str(tmp_path)))
    assert (local / "MLmodel").exists()
    assert client.get_run(found.run_id).info.artifact_uri == f"s3://nightshift/models/{found.run_id}/artifacts"


def test_a_file_that_is_added_later_is_sent_too(team: Team, first: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "evaluation.html").write_text("x")
    models = team.on("one")
    models.runs.log_file(first, tmp_path / "evaluation.html")
    assert "evaluation.html" in team.stored(models.runs.run_id(first))


def test_a_machine_that_lost_its_files_gets_them_again_and_half_brought_ones_never_count(
    team: Team, first: ModelVersion
) -> None:
    models = team.on("one")
    kept = models.runs.files.path(models.runs.run_id(first), BUNDLE)
    files = {path.relative_to(kept) for path in kept.rglob("*")}
    shutil.rmtree(kept)
    half = kept.with_name(f".{BUNDLE}.partial")
    half.mkdir()
    (half / "litter").touch()  # of a machine that was switched off
    assert models.find_champion() is not None
    assert {path.relative_to(kept) for path in kept.rglob("*")} == files


def test_what_housekeeping_removes_is_gone_for_all_and_no_neighbour_with_it(
    team: Team, first: ModelVersion, trained: Trained, recipe: Recipe
) -> None:
    models = team.on("one")
    verdict = Decision(False, True, "no", 10, 2, "2025-01-01", "2025-01-10", {})
    second = models.register(TrainingRun(trained, recipe, TrainingCosts(1.0, 1e9), verdict, "# card"))
    run = models.runs.run_id(second)
    team.client.put_object(Bucket="nightshift", Key=f"models/{run}/artifacts/{BUNDLE}_notes", Body=b"kept")
    remove_files(models.store, models.runs.files, second, NOW)
    assert not any(name.startswith(f"{BUNDLE}/") for name in team.stored(run))
    assert f"{BUNDLE}_notes" in team.stored(run)
    with pytest.raises(FilesRemoved, match="housekeeping"):
        team.on("other").find_challenger()


def test_files_that_the_store_lost_are_told(team: Team, first: ModelVersion, tmp_path: Path) -> None:
    models = team.on("third")
    gone = team.names.model_copy(update={"files": "s3://nightshift/elsewhere"})
    lost = open_registry(team.paths.model_copy(update={"home": tmp_path}), gone)
    with pytest.raises(FilesRemoved, match=r"are not in the store of NIGHTSHIFT_MLFLOW_FILES: bring them back"):
        lost.find_champion()
    assert models.find_champion() is not None


def test_a_training_whose_files_cannot_be_sent_leaves_no_version(
    team: Team, first: ModelVersion, trained: Trained, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = team.on("one")
    before = models.versions()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    verdict = Decision(True, True, "because", 10, 2, "2025-01-01", "2025-01-10", {})
    with pytest.raises(ServerUnreachable, match="NIGHTSHIFT_MLFLOW_FILES does not answer"):
        team.on("one").register(TrainingRun(trained, recipe, TrainingCosts(1.0, 1e9), verdict, "# card"))
    assert models.versions() == before


@pytest.mark.parametrize(
    ("database", "told"),
    [("registry", "refuses that user or password"), ("nothing", "knows no such user or database"),
     ("", "does not answer")],
)  # fmt: skip
def test_a_database_that_cannot_be_used_is_a_sentence_without_a_secret(
    team: Team, postgres: Postgres, tmp_path: Path, database: str, told: str
) -> None:
    address = postgres.address(database)
    if database == "registry":
        address = address.replace(PASSWORD, "wrong")
    if not database:
        address = address.replace(str(postgres.port), str(free_port()))
    names = team.names.model_copy(update={"database": address})
    with pytest.raises(ServerUnreachable) as raised:
        open_registry(team.paths.model_copy(update={"home": tmp_path}), names)
    assert f"NIGHTSHIFT_MLFLOW_DB names {told}" in str(raised.value)
    assert not any(word in str(raised.value) for word in (PASSWORD, PLAIN_PASSWORD, "127.0.0.1"))
    assert not list(tmp_path.iterdir())
