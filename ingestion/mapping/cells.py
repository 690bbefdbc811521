"""The columns of a feed as expressions over a file's rows: what each becomes, and what is said where it fails."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingestion import sql
from ingestion.feeds import Column, Kind
from ingestion.mapping.expressions import ParsedExpression
from ingestion.mapping.times import is_naive, to_utc
from settings.mapping import UTC
from warehouse.sql import ident, literal

_SHOWN = 60
_NO_TIME = (
    "{name} is a {kind}, which is no time: to_timestamp(...) makes one of epoch seconds, epoch_ms(...) of milliseconds"
)


class KindError(Exception):
    """An expression whose type cannot be what its column holds; the message says which and the cure."""


@dataclass(frozen=True)
class MadeValue:
    """One value of a row, by its number `at`.

    value: SQL over the file's columns. typed: whether that has its column's type already, else it is text. local: SQL
    of the naive local time that the value was made from, empty where it was not. plain: whether nothing can go wrong.
    inputs: the file's columns that it is made of.
    """

    at: int
    name: str
    expression: ParsedExpression
    value: str
    typed: bool
    local: str = ""
    plain: bool = False
    inputs: tuple[str, ...] = ()

    @property
    def kept(self) -> str:
        """SQL that keeps the value, and in which it is missing where it failed."""
        parts = f"v := {self.value}" + (f", l := {self.local}" if self.local else "")
        packed = f"struct_pack({parts})"
        return packed if self.expression.windows else f"try({packed})"

    def text(self, separator: str = ", ") -> str:
        """SQL of the text that it is made of."""
        shown = [f"coalesce(cast({ident(name)} as varchar), '')" for name in self.inputs]
        return f"concat_ws({literal(separator)}, {', '.join(shown)})" if shown else "''"

    @property
    def problem(self) -> str:
        """SQL of the sentence for a row in which it failed."""
        shown = " || ' and ' || ".join(_shown(name) for name in self.inputs)
        where = f" || ' where ' || {shown}" if shown else ""
        return literal(f"{self.name} cannot be computed by {self.expression.text}") + where


def _shown(name: str) -> str:
    said = f"'\"' || left(cast({ident(name)} as varchar), {_SHOWN}) || '\"'"
    return f"{literal(f'{name} is ')} || coalesce({said}, 'empty')"


def made_value(
    at: int, name: str, column: Column | None, parsed: ParsedExpression, kind: str, zone: str, file: Iterable[str]
) -> MadeValue:
    """What the expression of type `kind` becomes in `column`; None is for text that no column keeps.

    Raises KindError where no such column can be made of it.
    """
    columns = {one.lower(): one for one in file}
    inputs = tuple(dict.fromkeys(columns[path[0].lower()] for path in parsed.paths if path[0].lower() in columns))
    bare = len(parsed.paths) == 1 and parsed.text.strip() in (inputs[0], ident(inputs[0])) if inputs else False
    value, typed, local = parsed.sql, False, ""
    if column is None or column.kind is Kind.TEXT:
        if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
            raise KindError(f"{name} is a {kind}, which is no text")
        value = parsed.sql if kind == "VARCHAR" else sql.as_text(parsed.sql, kind)
    elif column.kind is Kind.TIME:
        value, typed, local = _time(name, parsed, kind, zone)
    elif column.kind is Kind.NUMBER:
        typed = kind != "VARCHAR"
        value = f"nullif(cast({parsed.sql} as double), 'nan'::double)" if typed else parsed.sql
        if typed and not _is_number(kind):
            raise KindError(f"{name} is a {kind}, which is no number")
    else:
        typed, value = True, f"cast({parsed.sql} as boolean)"
    plain = bare and kind == "VARCHAR" and not typed
    return MadeValue(at, name, parsed, value, typed, local, plain, inputs)


def _is_number(kind: str) -> bool:
    return (
        kind in ("BOOLEAN", "DOUBLE", "FLOAT")
        or (kind.startswith("DECIMAL") and not kind.endswith("]"))
        or kind.endswith(("INT", "INTEGER"))
    )


def _time(name: str, parsed: ParsedExpression, kind: str, zone: str) -> tuple[str, bool, str]:
    """SQL of naive UTC, whether it is typed, and of the local time that it was made of."""
    if "TIME ZONE" in kind or kind.startswith("TIMESTAMPTZ"):
        return f"cast({parsed.sql} as timestamptz) at time zone 'UTC'", True, ""
    if kind.startswith("TIMESTAMP") or kind == "DATE":
        local = f"cast({parsed.sql} as timestamp)"
        if zone == UTC or parsed.utc:
            return local, True, ""
        return to_utc(local, zone), True, local
    if kind != "VARCHAR":
        raise KindError(_NO_TIME.format(name=name, kind=kind))
    if zone == UTC:
        return parsed.sql, False, ""
    naive, text = is_naive(parsed.sql), parsed.sql
    local = f"case when {naive} then cast({text} as timestamp) end"
    return f"case when {naive} then {to_utc(local, zone)} else {sql.time(text, 'cast')} end", True, local
