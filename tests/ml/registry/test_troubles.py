"""A registry whose database or files are lost, damaged or held: a sentence, and never a fleet without its model."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ml.models.model import CARD_FILE
from ml.registry import relocation, store
from ml.registry.artifacts import BUNDLE, FilesDamaged
from ml.registry.client import DATABASE
from ml.registry.registry import Registry, open_registry
from ml.registry.troubles import RegistryUnreadable
from ml.training.recipe import Recipe
from ml.training.train import Trained
from settings import Settings
from tests.ml.registry.test_registry import NOW, decision, registered


@pytest.fixture(scope="module")
def origin(trained: Trained, recipe: Recipe, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a champion."""
    home = tmp_path_factory.mktemp("homes") / "origin"
    models, promoted = at(home, settings), decision(True)
    models.record(registered(models, trained, recipe, promoted), promoted, NOW)
    return home


@pytest.fixture
def home(origin: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(origin, tmp_path / "home"))


def at(home: Path, settings: Settings) -> Registry:
    return open_registry(settings.paths.model_copy(update={"home": home}), settings.workspace.mlflow)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda database: database.unlink(), r"There is no .*mlflow\.db, and .*mlruns holds the files of models"),
        (lambda database: database.write_bytes(b""), r"mlflow\.db cannot be read \(no such table: "),
        (lambda database: database.write_bytes(b"no database" * 500), r"cannot be read \(file is not a database\)"),
    ],
    ids=["lost", "empty", "another file"],
)
def test_a_database_that_is_lost_or_damaged_is_a_sentence_and_no_new_one_is_made(
    spoil: Callable[[Path], object], told: str, home: Path, settings: Settings
) -> None:
    spoil(home / DATABASE)
    before = {path.name for path in home.iterdir()}
    with pytest.raises(RegistryUnreadable, match=f"{told}.*: bring it back from a copy, or move"):
        at(home, settings)
    assert {path.name for path in home.iterdir()} == before


def test_a_held_database_names_itself(home: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (relocation, store):
        monkeypatch.setattr(module, "LOCKED_SECONDS", 0.01)
    models = at(home, settings)
    with closing(sqlite3.connect(home / DATABASE)) as other:
        other.execute("begin exclusive")
        with pytest.raises(RegistryUnreadable, match=r"mlflow\.db is held by another process"):
            models.champion()


@pytest.mark.parametrize("how", ["cut short", "missing"])
@pytest.mark.parametrize("name", [CARD_FILE, "any.cbm"])
def test_a_champion_whose_files_are_damaged_names_file_and_cures(
    how: str, name: str, home: Path, settings: Settings
) -> None:
    [file] = home.glob(f"mlruns/*/artifacts/{BUNDLE}/{name}")
    file.write_bytes(file.read_bytes()[:100])
    if how == "missing":
        file.unlink()
    with pytest.raises(FilesDamaged, match=rf"Version 1 cannot be loaded .*{name}.*Bring its files back .*rollback"):
        at(home, settings).champion()
