"""MLflow's records in a team's PostgreSQL: its tables made once, and read without MLflow."""

from collections.abc import Sequence
from typing import Any

from settings import MLFLOW_DB
from warehouse.servers import postgres

LAST_TABLE = "registered_model_aliases"  # made in one transaction with all others
TURN = 7_246_113  # of the lock under which one process at a time makes them


def has_tables(address: str) -> bool:
    """Whether MLflow keeps anything in the database at `address`. Raises ServerUnreachable."""
    return bool(team_rows(address, "select 1 where to_regclass(?) is not null", LAST_TABLE))


def ensure_tables(address: str) -> None:
    """Make MLflow's tables where there are none, one process at a time. Raises ServerUnreachable."""
    if has_tables(address):
        return
    with postgres(address, MLFLOW_DB) as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [TURN])  # until the connection is closed
        from mlflow import MlflowClient  # noqa: PLC0415 - a second, once

        MlflowClient(tracking_uri=address).search_experiments(max_results=1)


def team_rows(address: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What `query`, with a `?` for each of `values`, finds in the database at `address`. Raises ServerUnreachable."""
    with postgres(address, MLFLOW_DB) as cursor:
        cursor.execute(query.replace("?", "%s"), values)
        found: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return list(found)
