"""Views in the warehouse file over the lake's Parquet files, so that Python reads the tables of both engines alike."""

from typing import TYPE_CHECKING

import duckdb

from settings import Settings
from warehouse.connection import Connection, WarehouseError, open_warehouse, transaction
from warehouse.spark.lake import HELPERS, LakeTable, lake_tables, sweep_unknown
from warehouse.sql import ident

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMAS = ("raw", "main", "state", "ml")
BUILT = ("main", "state")  # made by dbt
PREDICTIONS = "prediction_log"
PREDICTION_KEY = ("machine_id", "as_of", "model_version", "features_hash")
MEANINGS = "mapped_files"  # of schema raw, a table of the warehouse file too: by which mapping files were read
COMMITS = ("raw", "landed_files")  # a table of the warehouse file: a file has landed once it has a row there


def refresh_views(settings: Settings, session: "SparkSession") -> None:
    """Make the views of the warehouse file show Spark's tables as they are now, in one short transaction.

    A view has the columns, order and types that DuckDB's table would have; one whose table is gone is dropped.
    Tables that Python owns in the file stay as they are. Raises WarehouseError as `refuse_duckdb_tables`.
    """
    sweep_unknown(session, settings.paths, BUILT)
    with duckdb.connect() as memory:  # the lake is read before the file is locked
        views = {(table.schema, table.name): _query(memory, table) for table in _shown(session)}
    with open_warehouse(settings) as con:
        refuse_duckdb_tables(con, settings)
        with transaction(con):
            for schema in SCHEMAS:
                con.execute(f"create schema if not exists {schema}")
            for stale in _views(con) - views.keys():
                con.execute(f"drop view {_name(stale)}")
            for view, query in views.items():
                con.execute(f"create or replace view {_name(view)} as {query}")


def refuse_duckdb_tables(con: Connection, settings: Settings) -> None:
    """Raise WarehouseError where the file holds tables landed or built by DuckDB: Spark cannot see their rows."""
    found = con.execute(
        "select 1 from duckdb_tables() where database_name = current_database() and (schema_name in ('main', 'state') "
        "or schema_name = 'raw' and table_name not in (?, ?) or schema_name = 'ml' and table_name = ?)",
        [COMMITS[1], MEANINGS, PREDICTIONS],
    ).fetchone()
    if found:
        raise WarehouseError(
            f"The tables in {settings.paths.warehouse} are DuckDB's: set [engine] target (or NIGHTSHIFT_TARGET) to "
            "duckdb, or name another NIGHTSHIFT_HOME for Spark and land the raw files there."
        )


def _shown(session: "SparkSession") -> list[LakeTable]:
    tables = [table for schema in SCHEMAS for table in lake_tables(session, schema).values()]
    return [
        table
        for table in tables
        if (table.schema, table.name) != COMMITS and (table.schema != "ml" or table.name == PREDICTIONS)
    ]


def _query(con: Connection, table: LakeTable) -> str:
    names = [name for name in table.columns if name not in table.partitions or name not in HELPERS]
    if (table.schema, table.name) in (("raw", "rejected"), ("raw", "findings")):
        names.sort(key=lambda name: name != "_file_id")  # DuckDB's tables begin with it
    query = table.relation(con, names)
    if table.name == PREDICTIONS:  # a night scored again and killed before its first answers were deleted
        last = f"row_number() over (partition by {', '.join(PREDICTION_KEY)} order by scored_at desc)"
        return f"select * from ({query}) qualify {last} = 1"
    return query


def _views(con: Connection) -> set[tuple[str, str]]:
    found = con.execute(
        "select schema_name, view_name from duckdb_views() where database_name = current_database() and not internal"
    ).fetchall()
    return {(schema, name) for schema, name in found if schema in SCHEMAS}


def _name(view: tuple[str, str]) -> str:
    return ".".join(ident(part) for part in view)
