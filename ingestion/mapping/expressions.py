"""The expressions of a mapping: what DuckDB's own parser makes of them, and which of them are refused."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import duckdb

from warehouse.connection import Connection
from warehouse.sql import ident

# Classes of DuckDB's syntax tree that reach beyond the columns of one row's file.
BEYOND = {
    "SUBQUERY": "it holds a subquery",
    "STAR": "it names all columns",
    "PARAMETER": "it holds a parameter",
    "POSITIONAL_REFERENCE": "it names a column by its place",
    "DEFAULT": "it holds DEFAULT",
}
_SELECT = "select "
_EMPTY_PARTS = ("where_clause", "having", "qualify", "sample")
# Moments in UTC that DuckDB gives without a zone; the last one of one number only.
UTC_FUNCTIONS = frozenset({"epoch_ms", "make_timestamp_ms", "make_timestamp_ns", "make_timestamp"})


class ExpressionError(Exception):
    """An expression that cannot be used; the message is DuckDB's reason, or ours."""


@dataclass(frozen=True)
class ParsedExpression:
    """An expression that is one, over columns alone.

    paths: the columns that it names, part by part (`codes.kind` is two parts). windows: whether it looks at other rows
    of the file. utc: whether it is made of a moment that DuckDB gives in UTC without a zone. places: where in the text,
    in bytes, a column is named by one part. rewritten: what stands for the text in a statement, where that is not
    itself.
    """

    text: str
    paths: tuple[tuple[str, ...], ...]
    windows: bool
    utc: bool = False
    places: tuple[tuple[int, int], ...] = ()
    rewritten: str = ""

    @property
    def sql(self) -> str:
        """To stand in a statement: a comment at its end ends with it."""
        return f"({self.rewritten or self.text}\n)"

    def over_numbers(self) -> "ParsedExpression":
        """The same with every column taken as a number."""
        text = self.text.encode()
        for start, end in sorted(self.places, reverse=True):
            text = text[:start] + b"cast(" + text[start:end] + b" as double)" + text[end:]
        return replace(self, rewritten=text.decode())

    @cached_property
    def heads(self) -> frozenset[str]:
        """The first parts of the columns that it names, in lower case."""
        return frozenset(path[0].lower() for path in self.paths)


def parse(con: Connection, text: str) -> ParsedExpression:
    """Judge one expression. Raises ExpressionError with the reason."""
    statement = f"{_SELECT}{text}"
    try:
        if len(con.extract_statements(statement)) != 1:
            raise ExpressionError("it holds several statements")
    except duckdb.Error as error:
        raise ExpressionError(reason_of(error)) from None
    [(answer,)] = con.execute("select json_serialize_sql(?::varchar)", [statement]).fetchall()
    try:
        tree = json.loads(answer)
    except RecursionError:
        raise ExpressionError("it is nested too deeply") from None
    if tree["error"]:
        raise ExpressionError(f"{tree['error_message']}")
    node = tree["statements"][0]["node"]
    whole = node.get("from_table", {}).get("type") == "EMPTY" and len(node["select_list"]) == 1
    if not whole or any(node.get(part) for part in (*_EMPTY_PARTS, "group_expressions", "modifiers")):
        raise ExpressionError("it is more than one expression")
    if node["cte_map"]["map"]:
        raise ExpressionError("it is more than one expression")
    [top] = node["select_list"]
    if top["alias"]:
        raise ExpressionError(f"it names itself {top['alias']}; the key names it")
    nodes = list(_nodes(top))
    for one in nodes:
        if one["class"] in BEYOND:
            raise ExpressionError(BEYOND[one["class"]])
    _refuse_functions(con, nodes)
    parameters = {name for one in nodes if one["class"] == "LAMBDA" for name in _names(one.get("lhs"))}
    named = [one for one in nodes if one["class"] == "COLUMN_REF" and one["column_names"][0].lower() not in parameters]
    paths = (tuple(one["column_names"]) for one in named)
    spans = ((one["query_location"] - len(_SELECT), one["query_location_length"]) for one in named)
    return ParsedExpression(
        text=text,
        paths=tuple(dict.fromkeys(paths)),
        windows=any(one["class"] == "WINDOW" for one in nodes),
        utc=any(_is_utc(one) for one in nodes),
        places=tuple((start, start + length) for start, length in spans) if not parameters else (),
    )


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "class" in tree:
            yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _is_utc(node: dict[str, Any]) -> bool:
    name = str(node.get("function_name", "")).lower()
    return name in UTC_FUNCTIONS and (name != "make_timestamp" or len(node["arguments"]) == 1)


def _names(lhs: object) -> set[str]:
    return {one["column_names"][0].lower() for one in _nodes(lhs) if one["class"] == "COLUMN_REF"}


def _refuse_functions(con: Connection, nodes: list[dict[str, Any]]) -> None:
    """A row must say the same whenever its file lands, and be one row."""
    if any(str(one.get("function_name", "")).lower() == "unnest" for one in nodes):
        raise ExpressionError("unnest makes several rows of one; give each an entry of its own, with its `where`")
    single = [str(one["function_name"]).lower() for one in nodes if one["class"] == "FUNCTION"]
    of_many = con.execute(
        """select lower(function_name) from duckdb_functions() where list_contains(?::varchar[], lower(function_name))
        group by 1 having bool_and(function_type = 'aggregate') order by 1 limit 1""",
        [single],
    ).fetchone()
    if of_many:
        raise ExpressionError(f"{of_many[0]} is made of many rows; say of which: {of_many[0]}(...) over (...)")
    called = {str(one["function_name"]).lower() for one in nodes if one["class"] in ("FUNCTION", "WINDOW")}
    called |= {one["column_names"][0].lower() for one in nodes if one["class"] == "COLUMN_REF"} & {"current_timestamp"}
    found = con.execute(
        """select function_name from duckdb_functions()
        where list_contains(?::varchar[], lower(function_name)) and stability in ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')
        order by 1 limit 1""",
        [sorted(called)],
    ).fetchone()
    changing = found[0] if found else ("current_timestamp" if "current_timestamp" in called else "")
    if changing:
        raise ExpressionError(f"{changing} does not depend on the file alone")


def bind(con: Connection, expression: ParsedExpression, scope: str) -> str:
    """The type that DuckDB gives the expression over `scope`, a query without rows. Raises ExpressionError."""
    try:
        rows = con.execute(f"describe select {expression.sql} as made from ({scope})").fetchall()
    except duckdb.Error as error:
        raise ExpressionError(reason_of(error)) from None
    return str(rows[0][1]).upper()


def reason_of(error: duckdb.Error) -> str:
    """DuckDB's own words in one line, without its kind and without the statement, which is not the user's."""
    lines = str(error).split("\n\nLINE ")[0].split("\nLINE ")[0].splitlines()
    text = " ".join(line.strip() for line in lines if line.strip()).partition(" You might need to add explicit")[0]
    head, _, rest = text.partition("Error: ")
    return (rest if rest and len(head) < 30 else text)[:300].rstrip(".")


def scope_of(types: dict[str, str]) -> str:
    """A query without rows whose columns have these types."""
    columns = ", ".join(f"null::{kind} as {ident(name)}" for name, kind in types.items())
    return f"select {columns or 'null as nothing'} where false"
