"""Models as views over tables that a test lays out by hand: the SQL is dbt's own, not a copy in the test."""

import json
import tempfile
from functools import cache
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.nodes import ModelNode

from settings import ROOT
from tests.dbt.parsed import manifest


def create_views(con: duckdb.DuckDBPyConnection, *models: str, **fleet_vars: Any) -> None:
    """Make each of `models`, in this order, a view, as dbt compiles it with `fleet_vars` over its own."""
    queries = _compiled(models, json.dumps(fleet_vars, sort_keys=True))
    for name in models:
        con.execute(f"create or replace view {name} as {queries[name]}")


@cache
def _compiled(models: tuple[str, ...], given: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        place = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target", "lint", "--vars", given]
        files = ["--target-path", folder, "--log-path", folder, "--log-level-file", "none", "--quiet"]
        done = dbtRunner(manifest=manifest(ROOT, "lint", json.loads(given))).invoke(
            ["compile", "--select", *models, *place, *files]
        )
        DuckDBConnectionManager.close_all_connections()
    assert isinstance(done.result, RunExecutionResult), done.exception
    assert done.success, done.result
    # The target is a database in memory, and the test's may be a file.
    nodes = [made.node for made in done.result.results]
    return {
        node.name: str(node.compiled_code).replace('"memory".', "") for node in nodes if isinstance(node, ModelNode)
    }
