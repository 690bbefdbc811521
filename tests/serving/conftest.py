"""One home for all tests that only ask, and clients of it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from delivery.pages.files import EVALUATION
from ml.models.model import Model
from ml.training.train import Trained
from serving.app import make_app
from serving.front import Front
from serving.guard.access import Access
from settings import Settings
from tests.serving.served_kit import (
    NIGHTS,
    TOKEN,
    home_of,
    make_champion,
    publish_all,
    publish_nights,
    renamed,
    tables_of,
)

Ask = Callable[..., TestClient]
NOW = NIGHTS[-1] + timedelta(hours=2)


@pytest.fixture(scope="session")
def model(trained: Trained) -> Model:
    return trained.model


@pytest.fixture(scope="session")
def rows(mart: pd.DataFrame) -> pd.DataFrame:
    return renamed(mart)


@pytest.fixture(scope="session")
def home(settings: Settings, rows: pd.DataFrame, model: Model, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Three nights and a champion. Nothing is to be written to it but drops."""
    made = home_of(settings, tmp_path_factory.mktemp("served"))
    publish_nights(made, rows, model, NIGHTS)
    make_champion(made, model, "1")
    (made.paths.report_dir / EVALUATION).write_text("<p>the evaluation</p>")
    return made


@pytest.fixture(scope="session")
def two_nights(settings: Settings, rows: pd.DataFrame, model: Model) -> duckdb.DuckDBPyConnection:
    return tables_of(settings, rows, model, NIGHTS[:2])


@pytest.fixture
def own_home(settings: Settings, home: Settings, two_nights: duckdb.DuckDBPyConnection, tmp_path: Path) -> Settings:
    """Two of the nights, in a home that a test may change."""
    made = home_of(settings, tmp_path)
    publish_all(made, two_nights)
    shutil.copytree(home.paths.mlflow_artifacts, made.paths.mlflow_artifacts)
    shutil.copy(home.paths.home / "mlflow.db", made.paths.home)
    return made


@pytest.fixture(scope="session")
def front(home: Settings) -> Front:
    """What is served of `home`, opened once."""
    found = Front(home)
    assert found.refresh()
    return found


@pytest.fixture
def ask(home: Settings, front: Front) -> Iterator[Ask]:
    """Make a client: of `home`, or of other settings, tokens, or another moment."""
    with ExitStack() as stack:

        def made(
            settings: Settings = home,
            access: Access | None = None,
            now: datetime = NOW,
            prefix: str = "",
            token: str = "",
        ) -> TestClient:
            shared = front if settings.paths == home.paths else None
            app = make_app(settings, access or Access(TOKEN), lambda: now, shared, look_seconds=60)
            client = TestClient(
                app, base_url="http://localhost", root_path=prefix, raise_server_exceptions=False,
                follow_redirects=False, headers={"authorization": f"Bearer {token}"} if token else None,
            )  # fmt: skip
            return stack.enter_context(client)

        yield made


@pytest.fixture
def client(ask: Ask) -> TestClient:
    return ask()
