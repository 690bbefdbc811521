"""One PostgreSQL and one S3 store for all tests of a team's set-up."""

from collections.abc import Iterator

import pytest

pytest.importorskip("moto", reason="make setup-team and the packages of requirements-team-test.lock bring its servers")

from tests.team.servers import Postgres, postgres_server, s3_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with s3_server(tmp_path_factory.mktemp("s3") / "log") as env:
        yield env
