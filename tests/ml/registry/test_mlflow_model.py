"""MLflow's own tools open the registered model: in a process that knows no repository, and behind its server."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pandas as pd
import pytest

from ml.models.version import ModelVersion
from ml.registry.artifacts import BUNDLE
from ml.registry.mlflow_model import LOADER, OUR_CODE
from ml.registry.registry import Registry, open_registry
from ml.training.recipe import Recipe
from ml.training.train import Trained
from settings import Settings, sqlite_uri
from tests.house.imports import arrows_of, modules_of
from tests.ml.registry.test_registry import NOW, decision, registered

NOTEBOOK = """
import sys
import pandas as pd
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/nightshift@champion")
rows = pd.read_parquet("rows.parquet")
model.predict(rows).to_parquet("answers.parquet")
import ml
print(ml.__file__, "settings" in sys.modules)
try:
    model.predict(rows.drop(columns="volt_mean_12h"))
except Exception as error:
    print(error)
"""


@pytest.fixture(scope="module")
def home(trained: Trained, recipe: Recipe, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("of") / "its own"
    paths = settings.paths.model_copy(update={"home": folder})
    models: Registry = open_registry(paths, settings.workspace.mlflow)
    version: ModelVersion = registered(models, trained, recipe, decision(True))
    models.record(version, decision(True), NOW)
    assert models.champion()[1] == version
    return folder


def outside(home: Path, folder: Path) -> dict[str, str]:
    """The environment of somebody who has our packages and not our code."""
    known = ("PATH", "HOME", "LANG", "DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY", "no_proxy")
    env = {name: os.environ[name] for name in known if name in os.environ}
    env["PATH"] = f"{Path(sys.executable).parent}:{env.get('PATH', '')}"
    return {**env, "MLFLOW_TRACKING_URI": sqlite_uri(home / "mlflow.db"), "TMPDIR": str(folder)}


def some_rows(mart: pd.DataFrame) -> pd.DataFrame:
    """Rows as a notebook reads them: whole numbers where nothing is missing, NULL elsewhere, and more than is asked."""
    rows = mart.head(6).astype({"volt_n_12h": "int64", "age": "int64"})
    rows.loc[rows.index[1], ["volt_mean_12h", "model"]] = None
    return rows


def test_three_lines_in_a_notebook_give_the_champions_probabilities(
    home: Path, trained: Trained, mart: pd.DataFrame, tmp_path: Path
) -> None:
    rows = some_rows(mart)
    rows.to_parquet(tmp_path / "rows.parquet")
    env = outside(home, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK, env["MLFLOW_TRACKING_URI"]], cwd=tmp_path, env=env, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    where, lacking = done.stdout.splitlines()
    assert where == f"{next((home / 'mlruns').glob(f'*/artifacts/{BUNDLE}/{OUR_CODE}'))}/ml/__init__.py False"
    assert lacking.startswith("The rows lack volt_mean_12h: ")
    expected = trained.model.probabilities(rows)
    answers = pd.read_parquet(tmp_path / "answers.parquet")
    assert list(answers) == ["failure_probability", *(f"comp{n}_probability" for n in range(1, 5))]
    assert answers.to_numpy().tolist() == expected.to_numpy().tolist()


def test_the_code_beside_a_model_is_what_its_loader_imports_and_no_more(home: Path) -> None:
    [code] = (home / "mlruns").glob(f"*/artifacts/{BUNDLE}/{OUR_CODE}")
    modules = modules_of(code, ["ml"])
    ahead: dict[str, set[str]] = {}
    for start, end in arrows_of(modules):
        ahead.setdefault(start, set()).add(end)
    needed, todo = {LOADER}, [LOADER]
    while todo:
        fresh = ahead.get(todo.pop(), set()) - needed
        needed |= fresh
        todo += fresh
    assert {name for name in modules if not (code / name.replace(".", "/") / "__init__.py").exists()} == needed


@pytest.mark.slow
def test_mlflow_serves_the_champion(home: Path, trained: Trained, mart: pd.DataFrame, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["models", "serve", "-m", "models:/nightshift@champion", "--env-manager", "local", "--port", str(port),
               "--host", "127.0.0.1"]  # fmt: skip
    rows = some_rows(mart).drop(columns="as_of")
    asked = json.dumps({"dataframe_split": json.loads(rows.to_json(orient="split", index=False))}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", asked,
                                     {"Content-Type": "application/json"})  # fmt: skip
    server = subprocess.Popen([sys.executable, "-m", "mlflow", *command], cwd=tmp_path, env=outside(home, tmp_path))
    try:
        for _ in range(120):
            time.sleep(0.5)
            assert server.poll() is None
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    told = json.load(answer)
                break
            except urllib.error.URLError:
                continue
    finally:
        server.terminate()
        server.wait(30)
    answers = pd.DataFrame(told["predictions"])
    expected = trained.model.probabilities(some_rows(mart))
    assert answers["failure_probability"].tolist() == pytest.approx(expected["any"].tolist())
