"""The clean fleet and its findings, for tests that spoil it."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.dbt.clean_fleet import CLEAN, MODELS
from tests.dbt.compiled import create_views


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute(CLEAN)
        create_views(made, *MODELS)
        yield made
