"""Opening MLflow: what it sets is set when it is opened, and by no import.

Its database is whole or not there, made once however many ask, on any file system and under any name.
"""

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from logging import WARNING
from pathlib import Path
from typing import Any

import pytest

from ml.registry import client as opening
from ml.registry.client import DATABASE, ensure_store
from ml.registry.registry import open_registry
from settings import ROOT, Settings
from warehouse.disk import DiskFull

BAR = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"
LOOK = """
import json, logging, os, sys
from pathlib import Path
import mlflow.tracking
from settings import load_settings
def state():
    return {"bar": os.environ.get("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"),
            "levels": [logging.getLogger(name).level for name in ("mlflow", "alembic")],
            "files": sorted(path.name for path in Path(os.environ["NIGHTSHIFT_HOME"]).iterdir())}
bare = state()
import ml.registry.registry as subject
imported = state()
subject.registry(load_settings()).store.client
print(json.dumps([bare, imported, state()]))
"""

# As the C library does on exFAT, SMB and many FUSE mounts.
NO_LINKS = """
#include <errno.h>
int link(const char *a, const char *b) { errno = EPERM; return -1; }
int linkat(int a, const char *b, int c, const char *d, int e) { errno = EPERM; return -1; }
"""
# Enters an experiment of its own: whoever's database replaced another's would lose it.
MAKE = """
import sys
from pathlib import Path
from mlflow import MlflowClient
from ml.registry.client import ensure_store
from settings import sqlite_uri
home = Path(sys.argv[1])
ensure_store(home)
MlflowClient(tracking_uri=sqlite_uri(home / "mlflow.db")).create_experiment(sys.argv[2])
"""


def looked(home: Path, **more: str) -> list[dict[str, Any]]:
    """What a process says of itself with MLflow alone, with the registry imported, and with one opened."""
    env = {"NIGHTSHIFT_HOME": str(home), "PATH": "", **more}
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "the migrations of a new store say nothing"
    return list(json.loads(done.stdout))


def test_opening_makes_the_store_and_silences_it_and_importing_does_not(tmp_path: Path) -> None:
    bare, imported, opened = looked(tmp_path)
    assert imported == bare == {"bar": None, "levels": bare["levels"], "files": []}
    assert bare["levels"][0] < WARNING
    assert opened == {"bar": "False", "levels": [WARNING, WARNING], "files": ["mlflow.db"]}


@pytest.mark.parametrize("wish", ["true", "false"])
def test_a_wish_of_the_callers_environment_stands(tmp_path: Path, wish: str) -> None:
    assert looked(tmp_path, **{BAR: wish})[2]["bar"] == wish


def make(home: Path, name: str, **more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", MAKE, str(home), name], cwd=ROOT, env={**os.environ, **more})


def experiments(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / DATABASE)) as con:
        return {row[0] for row in con.execute("select name from experiments")} - {"Default"}


def test_two_at_once_and_one_that_was_killed_before_without_hard_links(tmp_path: Path) -> None:
    home, env = tmp_path / "home", {}
    if compiler := shutil.which("cc"):
        (tmp_path / "nolink.c").write_text(NO_LINKS)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", tmp_path / "nolink.so", tmp_path / "nolink.c"], check=True)
        env = {"LD_PRELOAD": str(tmp_path / "nolink.so")}
    killed = make(home, "never", **env)
    while not list(home.glob(".*.partial")):
        assert killed.poll() is None
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (home / DATABASE).exists()
    both = [make(home, name, **env) for name in ("one", "other")]
    assert [process.wait() for process in both] == [0, 0]
    assert experiments(home) == {"one", "other"}
    assert [path.name for path in home.iterdir()] == [DATABASE]


def test_a_home_of_any_name_holds_its_own_models(settings: Settings, tmp_path: Path) -> None:
    home = tmp_path / "50% #1 p%41 ü 'x' [b] & +"
    paths = settings.paths.model_copy(update={"home": home})
    models = open_registry(paths, settings.workspace.mlflow)
    client = models.client
    run = client.create_run(models.runs.experiment_id()).info
    client.log_text(run.run_id, "noted", "note.txt")
    client.create_registered_model("m")
    made = client.create_model_version("m", f"{run.artifact_uri}/note.txt", run.run_id)
    assert client.get_model_version("m", made.version).run_id == run.run_id
    assert Path(client.download_artifacts(run.run_id, "note.txt", str(tmp_path))).read_text() == "noted"
    assert {path.name for path in tmp_path.iterdir()} == {home.name, "note.txt"}
    assert {path.name for path in home.iterdir()} == {DATABASE, "mlruns"}


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(database: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(opening, "_make", full)
    with pytest.raises(DiskFull, match=r"mlflow\.db: up to 2\.0 MB are needed"):
        ensure_store(tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []
