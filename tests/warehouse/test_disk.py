"""A full disk, real where we may mount one: a sentence, the last publication as it was, no litter, and well again."""

import errno
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from dagster_dbt.errors import DagsterDbtCliRuntimeError
from mlflow.exceptions import MlflowException

from delivery.pages.files import write_report
from delivery.publishing import snapshots as publishing
from delivery.publishing.snapshots import publish, snapshots
from ml.registry.registry import open_registry
from ml.training.recipe import Recipe
from ml.training.train import Trained
from orchestration.commands.run import run_command
from settings import Settings
from tests.delivery.publishing.test_snapshots import TABLES, generation, warehouse
from tests.ml.registry.test_registry import NOW, decision, registered
from warehouse.disk import DiskFull, needing_room

SENTENCE = (
    r"^There is no room left for {}: up to [\d,.]+ MB are needed, and [\d,.]+ MB are free\. Make room, then run again"
)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no right to mount a small file system")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)  # MLflow keeps its database open


def heavy() -> duckdb.DuckDBPyConnection:
    con = warehouse(2)
    con.execute(
        "create or replace table predictions as select hash(i) as value, 'x' as machine_id from range(1e6::int) t(i)"
    )
    return con


def test_a_publication_for_which_there_is_no_room(small: Path) -> None:
    folder = small / "published"
    publish(warehouse(1), folder, TABLES)
    before = sorted(path.name for path in folder.rglob("*"))
    with pytest.raises(DiskFull, match=SENTENCE.format(folder)):
        publish(heavy(), folder, TABLES)
    assert sorted(path.name for path in folder.rglob("*")) == before
    assert generation(folder) == 1
    publish(warehouse(3), folder, TABLES)
    assert generation(folder) == 3


def test_a_page_for_which_there_is_no_room(small: Path) -> None:
    write_report(small / "reports", "index.html", "<p>old</p>")
    with pytest.raises(DiskFull, match=SENTENCE.format(small / "reports/index.html")):
        write_report(small / "reports", "index.html", "x" * 9_000_000)
    assert [path.name for path in (small / "reports").iterdir()] == ["index.html"]
    assert (small / "reports/index.html").read_text() == "<p>old</p>"


@pytest.mark.parametrize("function", ["write_part", "_write_database"])
def test_room_that_runs_out_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    """The same where nothing can be mounted."""
    publish(warehouse(1), tmp_path, TABLES)

    def full(*_: object, **__: object) -> None:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, function, full)
        with pytest.raises(DiskFull, match=SENTENCE.format(tmp_path)):
            publish(warehouse(2), tmp_path, TABLES)
    assert not list(tmp_path.glob(".*"))
    assert generation(tmp_path) == 1
    assert len(snapshots(tmp_path)) == 1
    publish(warehouse(2), tmp_path, TABLES)
    assert generation(tmp_path) == 2


def test_a_model_for_which_there_is_no_room(small: Path, trained: Trained, recipe: Recipe, settings: Settings) -> None:
    paths = settings.paths.model_copy(update={"home": small})
    models = open_registry(paths, settings.workspace.mlflow)
    models.runs.experiment_id()
    (small / "else").write_bytes(bytes(shutil.disk_usage(small).free - 40_000))
    with pytest.raises(DiskFull, match=SENTENCE.format(small / "mlruns")):
        registered(models, trained, recipe, decision(True))
    assert not list(small.glob("mlruns/*"))
    assert models.versions() == []
    (small / "else").unlink()
    models.runs.close_interrupted()
    models.record(registered(models, trained, recipe, decision(True)), decision(True), NOW)
    assert models.champion()[1].version == "1"


@pytest.mark.parametrize(
    "error",
    [
        MlflowException("(sqlite3.OperationalError) database or disk is full"),
        duckdb.IOException("Could not write file: No space left on device"),
        DagsterDbtCliRuntimeError("Runtime Error in model mart\n  No space left on device"),
    ],
)
def test_whatever_a_command_was_writing_it_is_a_sentence(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Settings) -> bool:
        raise error

    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path))
    assert run_command(fail) == 1
    told = capsys.readouterr().err.strip()
    assert re.fullmatch(rf"There is no room left for {tmp_path}: [\d,.]+ MB are free\. Make room, .* untouched\.", told)


def test_only_a_full_disk_is_called_one(tmp_path: Path) -> None:
    for error in (OSError(errno.EACCES, "Permission denied"), duckdb.CatalogException("no such table")):
        with pytest.raises(type(error)), needing_room(tmp_path, 1):
            raise error
    for code in (errno.ENOSPC, errno.EDQUOT):
        with pytest.raises(DiskFull), needing_room(tmp_path / "not/there/yet", 1):
            raise OSError(code, os.strerror(code))


def test_sqlite_without_a_page_left_is_a_full_disk_and_else_a_broken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(sqlite3.OperationalError), needing_room(tmp_path):
        raise sqlite3.OperationalError("disk I/O error")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(DiskFull, match=r"0\.0 MB are free"), needing_room(tmp_path):
        raise sqlite3.OperationalError("disk I/O error")
