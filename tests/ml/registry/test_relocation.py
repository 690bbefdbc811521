"""A home that is moved or copied: it works on, and a copy neither reads nor touches what its origin has."""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from mlflow import MlflowClient

from ml.registry.artifacts import BUNDLE, CARD, FilesRemoved
from ml.registry.client import DATABASE
from ml.registry.registry import Registry, open_registry
from ml.registry.relocation import relocate
from ml.training.recipe import Recipe
from ml.training.train import Trained
from settings import Settings, sqlite_uri
from steps.housekeeping import prune_models
from tests.ml.registry.test_registry import NOW, decision, registered


@pytest.fixture(scope="module")
def origin(trained: Trained, recipe: Recipe, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of three versions, the last of them champion."""
    home = tmp_path_factory.mktemp("homes") / "origin"
    models = at(home, settings)
    for _ in range(3):
        models.record(registered(models, trained, recipe, decision(True)), decision(True), NOW)
    return home


def at(home: Path, settings: Settings) -> Registry:
    return open_registry(settings.paths.model_copy(update={"home": home}), settings.workspace.mlflow)


def content(home: Path) -> dict[str, str]:
    files = (path for path in home.rglob("*") if path.is_file())
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@contextmanager
def hidden(home: Path) -> Iterator[None]:
    """Nobody can read the home inside the block, not even root; afterwards it must be as it was."""
    before, aside = content(home), home.with_name("aside")
    home.rename(aside)
    try:
        yield
        assert not home.exists(), "the copy has made its origin's folder anew"
    finally:
        shutil.rmtree(home, ignore_errors=True)
        aside.rename(home)
    assert content(home) == before


def places(home: Path) -> str:
    """All that MLflow's database says, as text."""
    with closing(sqlite3.connect(home / DATABASE)) as con:
        return "\n".join(con.iterdump())


# The names of copies hold what is a pattern or an escape somewhere on the way.
@pytest.mark.parametrize("name", ["copy", "it's a 50% ü [copy]_"])
def test_a_copy_scores_trains_and_prunes_by_itself(
    origin: Path, name: str, trained: Trained, recipe: Recipe, settings: Settings
) -> None:
    home = origin.with_name(name)
    shutil.copytree(origin, home)
    with hidden(origin):
        models = at(home, settings)
        model, version = models.champion()
        assert (version.version, model.card) == ("3", trained.model.card)
        fourth = registered(models, trained, recipe, decision(True))
        models.record(fourth, decision(True), NOW)
        models.runs.log_file(fourth, home / DATABASE)
        assert models.champion()[1] == fourth
        assert models.runs.tuning(fourth).equals(trained.tuning)
        assert prune_models(models, keep=2, now=NOW) == ["1", "2"]
        own = {path.parent.parent.name for path in home.glob(f"mlruns/*/artifacts/{BUNDLE}")}
        assert own == {models.runs.run_id(version), models.runs.run_id(fourth)}
        assert str(origin) not in places(home)
        assert bytes(origin) not in (home / DATABASE).read_bytes()
        client = MlflowClient(sqlite_uri(home / DATABASE), sqlite_uri(home / DATABASE))
        card = Path(client.download_artifacts(models.runs.run_id(version), CARD)).read_text()
        assert "cost" in card, "MLflow's own client finds the files of a run that the origin made"
        source = client.get_model_version_download_uri(version.name, version.version)
        assert source == models.runs.files.path(models.runs.run_id(version), BUNDLE).as_uri()


def test_a_home_works_on_after_a_move_and_back(origin: Path, settings: Settings) -> None:
    home = origin.with_name("stays").joinpath("deep")
    shutil.copytree(origin, home)
    for place in (home.with_name("x"), home):
        next(iter(home.parent.iterdir())).rename(place)
        models = at(place, settings)
        assert models.champion()[1].version == "3"
        assert not relocate(place / DATABASE, models.names.experiment, models.runs.files.root), "once is enough"
        assert places(place).count((place / "mlruns").as_uri()) > 3 * 2


def test_what_others_keep_elsewhere_stays_where_it_is(origin: Path, settings: Settings, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(origin, home)
    client = MlflowClient(sqlite_uri(home / DATABASE))
    twin = f"{origin.as_uri()}/mlruns2"  # begins alike
    client.create_experiment("mine", artifact_location=twin)
    at(home, settings)
    mine = client.get_experiment_by_name("mine")
    assert mine is not None
    assert mine.artifact_location == twin


def test_the_path_of_no_process_is_trusted(origin: Path, settings: Settings, tmp_path: Path) -> None:
    """One home under two names at once, as in a container: whatever the other one enters, own files are found."""
    home, other = tmp_path / "home", tmp_path / "mounted"
    shutil.copytree(origin, home)
    other.symlink_to(home)
    one, two = at(home, settings), at(other, settings)
    assert one.champion()[1] == two.champion()[1]


def test_lost_files_are_a_sentence(origin: Path, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    shutil.copyfile(origin / DATABASE, tmp_path / "home" / DATABASE)
    with pytest.raises(FilesRemoved, match=r"bring mlruns back to beside mlflow.db, or move both away and train anew"):
        at(tmp_path / "home", settings).champion()
