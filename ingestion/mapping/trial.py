"""The expressions of an entry tried on the columns of a file: what each makes there, or why it makes nothing."""

from dataclasses import dataclass

from ingestion.feeds import Column, Kind
from ingestion.mapping.cells import KindError, MadeValue, made_value
from ingestion.mapping.entry import SENSOR, EntryPlan
from ingestion.mapping.expressions import ExpressionError, ParsedExpression, bind, scope_of
from ingestion.mapping.reader import Table
from warehouse.connection import Connection

_HOLDS = {"where": Column("where", Kind.FLAG), "long.value": Column("value", Kind.NUMBER)}


@dataclass(frozen=True)
class Tried:
    """What came of trying one expression on one file: what it makes there, or why it makes nothing."""

    key: str
    column: Column | None
    made: MadeValue | None
    reason: str = ""
    lacking: str = ""

    @property
    def may_be_absent(self) -> bool:
        """Whether the file may do without it: it lacks a column for what it need not have."""
        return bool(self.lacking) and self.column is not None and not self.column.needed


def try_on(con: Connection, plan: EntryPlan, table: Table) -> list[Tried]:
    """Every expression of the entry on the columns of a file, none of its rows."""
    scope = scope_of({**table.types, **{name: plan.lookups[name].type for name in plan.joins}})
    wanted: list[tuple[str, Column | None, ParsedExpression]] = [(key, None, plan.parsed[key]) for key in _beside(plan)]
    if plan.sensor:
        wanted.append((f"columns.{SENSOR}", None, plan.sensor))
    wanted += [(key, column, parsed) for key, (column, parsed) in plan.columns(table).items()]
    known = {name.lower() for name in (*table.types, *plan.joins)}
    return [_try(con, plan, table, scope, known, at, one) for at, one in enumerate(wanted)]


def _bound(con: Connection, parsed: ParsedExpression, scope: str) -> tuple[ParsedExpression, str]:
    """The expression and its type; what DuckDB cannot do with text, such as sums, is done with numbers."""
    try:
        return parsed, bind(con, parsed, scope)
    except ExpressionError:
        over_numbers = parsed.over_numbers()
        try:
            return over_numbers, bind(con, over_numbers, scope)
        except ExpressionError:
            pass
        raise


def _beside(plan: EntryPlan) -> list[str]:
    """The keys of what is no column of the feed."""
    return [*plan.joins.values(), *(key for key in ("where", "long.value") if key in plan.parsed)]


def _try(
    con: Connection,
    plan: EntryPlan,
    table: Table,
    scope: str,
    known: set[str],
    at: int,
    wanted: tuple[str, Column | None, ParsedExpression],
) -> Tried:
    key, column, parsed = wanted
    lacking = next((path[0] for path in parsed.paths if path[0].lower() not in known), "")
    if lacking:
        quotes = f"; a word that means itself is '{lacking}'" if column is not None and column.kind is Kind.TEXT else ""
        return Tried(key, column, None, f"the file has no column {lacking}{quotes}", lacking)
    try:
        parsed, kind = _bound(con, parsed, scope)
        if key == "where" and kind != "BOOLEAN":
            raise KindError(f"it is a {kind}, neither true nor false; compare it with something")
        value = _HOLDS.get(key, column)
        name = key.removeprefix("columns.")
        return Tried(key, column, made_value(at, name, value, parsed, kind, plan.entry.zone, table.types))
    except (ExpressionError, KindError) as error:
        return Tried(key, column, None, str(error))
