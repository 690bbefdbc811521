"""What the application is: light to load, open to this machine alone, and silent about its insides."""

import subprocess
import sys

import pytest
from fastapi.testclient import TestClient

from serving import what_if
from settings import ROOT, load_settings
from tests.serving.conftest import Ask


def test_it_loads_neither_mlflow_nor_scikit_learn_nor_dagster() -> None:
    code = "import sys, serving.app; sys.exit(bool({'mlflow', 'sklearn', 'dagster', 'evidently'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_it_listens_to_this_machine_alone_unless_told_otherwise() -> None:
    assert load_settings(env={}).workspace.serving.host == "127.0.0.1"
    told = load_settings(env={"NIGHTSHIFT_SERVE_HOST": "0.0.0.0", "NIGHTSHIFT_SERVE_PORT": "9000"}).workspace.serving
    assert (told.host, told.port) == ("0.0.0.0", 9000)


def test_a_failure_of_ours_shows_no_trace(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(what_if, "score_few", fail)
    client: TestClient = ask()
    answer = client.post("/predict", json={"machine": "m2"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert "the server's log has it under" in answer.json()["detail"]


def test_nothing_is_fetched_from_elsewhere(ask: Ask) -> None:
    for path in ("/docs", "/redoc"):
        assert ask().get(path).status_code == 404
