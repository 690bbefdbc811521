"""Small tables that Python owns: rows replaced in one transaction, and what the catalogue says of tables."""

import duckdb
import pandas as pd

from settings import Settings
from warehouse.connection import open_warehouse
from warehouse.sql import ident


def replace_rows(
    con: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame, where: str = "true", values: tuple[object, ...] = ()
) -> int:
    """Replace the rows of `table` that satisfy `where` (with its `?` filled from `values`) by `rows`.

    The table is made from the first rows written; columns that are new later are added. Returns the rows written.
    """
    schema = table.partition(".")[0]
    con.register("new_rows", rows)
    con.begin()
    try:
        con.execute(f"create schema if not exists {schema}")
        con.execute(f"create table if not exists {table} as select * from new_rows limit 0")
        _add_new_columns(con, table)
        con.execute(f"delete from {table} where {where}", list(values))
        con.execute(f"insert into {table} by name select * from new_rows")
        con.commit()
    except BaseException:
        con.rollback()
        raise
    finally:
        con.unregister("new_rows")
    return len(rows)


def records(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as dicts by column, in their order, with None for whatever is missing (NaN, NaT, NULL)."""
    return [
        {str(name): None if pd.api.types.is_scalar(value) and pd.isna(value) else value for name, value in row.items()}
        for row in rows.to_dict("records")
    ]


def table_exists(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the base table `table` (schema.name) exists; a view does not count."""
    schema, _, name = table.partition(".")
    found = con.execute("select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, name])
    return found.fetchone() is not None


def relations(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Every table and view as schema.name: on Spark all tables but those that Python owns are views."""
    found = con.execute("select table_schema || '.' || table_name from information_schema.tables").fetchall()
    return {str(row[0]) for row in found}


def column_names(con: duckdb.DuckDBPyConnection, relation: str) -> set[str]:
    """The columns of the table or view `relation`. Raises duckdb.CatalogException where there is none."""
    return {str(row[0]) for row in con.execute(f"select column_name from (describe {relation})").fetchall()}


def _add_new_columns(con: duckdb.DuckDBPyConnection, table: str) -> None:
    known = column_names(con, table)
    for name, kind in con.execute("select column_name, column_type from (describe new_rows)").fetchall():
        if name not in known:
            con.execute(f"alter table {table} add column {ident(name)} {kind}")


def row_counts(settings: Settings) -> dict[str, int]:
    """Rows of every table in the main schema, from the catalogue alone; on Spark from its Parquet files' footers."""
    with open_warehouse(settings, read_only=True) as con:
        if settings.workspace.engine.is_spark:
            shown = con.execute("select view_name from duckdb_views() where schema_name = 'main' and not internal")
            return {
                name: con.execute(f"select count(*) from main.{ident(name)}").fetchall()[0][0]
                for (name,) in shown.fetchall()
            }
        sql = "select table_name, estimated_size from duckdb_tables() where schema_name = 'main'"
        return {str(name): int(rows) for name, rows in con.execute(sql).fetchall()}
