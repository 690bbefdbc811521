"""Opening MLflow: what it sets is set when it is opened, and by no import."""

import json
import subprocess
import sys
from logging import WARNING
from pathlib import Path
from typing import Any

import pytest

from settings import ROOT

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
subject.registry(load_settings())
print(json.dumps([bare, imported, state()]))
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
