"""A mapped file with its entry's expressions bound to its columns; or why it cannot be used."""

import json
from dataclasses import dataclass

from ingestion.discover import printable
from ingestion.errors import RefusedError, UnfitError
from ingestion.feeds import Column
from ingestion.mapping.cells import MadeValue
from ingestion.mapping.entry import SENSOR, EntryPlan, sentence
from ingestion.mapping.reader import Table
from ingestion.mapping.trial import Tried, try_on
from warehouse.connection import Connection


@dataclass(frozen=True)
class BoundFile:
    """A file whose expressions are bound: by key what each makes; columns are those of the feed that it has."""

    plan: EntryPlan
    table: Table
    made: dict[str, MadeValue]
    columns: dict[str, Column]

    @property
    def used(self) -> list[str]:
        """The columns of the file that some expression names."""
        heads = {head for one in self.made.values() for head in one.expression.heads}
        return [name for name in self.table.types if name.lower() in heads]

    @property
    def values(self) -> list[tuple[MadeValue, Column | None]]:
        """What the table keeps of each row: the columns, and of a long file the reading and its sensor."""
        beside = [self.made[key] for key in ("long.value", f"columns.{SENSOR}") if key in self.made]
        return [*((self.made[key], column) for key, column in self.columns.items()), *((one, None) for one in beside)]

    def may_lose(self, made: MadeValue, column: Column | None) -> bool:
        """Whether a row is kept in which this value cannot be computed."""
        return made.name == "long.value" or (column is not None and column.may_be_lost)


def bind_file(con: Connection, plan: EntryPlan, table: Table) -> BoundFile:
    """Bind the entry's expressions to the file's columns. Raises RefusedError where rows of it could not be used."""
    taken = {name.lower() for name in table.types} & {name.lower() for name in plan.joins}
    if taken:
        name = min(taken)
        raise RefusedError(
            f"{table.drop.name} has a column {name}, as vars.mapping.lookups.{name} is called; rename it."
        )
    tried = try_on(con, plan, table)
    for one in tried:
        if one.made is None and not one.may_be_absent:
            raise UnfitError(_refusal(plan, table, one))
    there = {one.column.name: one for one in tried if one.column is not None and one.made is not None}
    for column in plan.feed.columns:
        if column.needed and column.name not in there:
            raise UnfitError(
                f"{table.drop.name} has no column {column.name}; name in "
                f"vars.mapping.{plan.place}.columns.{column.name} what it is made of. {_has(table)}"
            )
    if plan.feed.merges and not plan.long and not any(column.name in there for column in plan.feed.sensors):
        raise UnfitError(
            f"{table.drop.name} has none of the sensors that vars.mapping.{plan.place}.columns names, nor one of "
            f"vars.sensors by its name. {_has(table)}"
        )
    made = {one.key: one.made for one in tried if one.made is not None}
    order = [column.name for column in plan.feed.columns]
    columns = sorted((one for one in tried if one.column and one.made), key=lambda one: order.index(_name(one)))
    return BoundFile(plan, table, made, {one.key: one.column for one in columns if one.column})


def _name(tried: Tried) -> str:
    return tried.column.name if tried.column else ""


def _refusal(plan: EntryPlan, table: Table, tried: Tried) -> str:
    text = plan.parsed[tried.key].text if tried.key in plan.parsed else _name(tried)
    return f"{table.drop.name}: {sentence(plan, tried.key, text, tried.reason)}; correct one of them. {_has(table)}"


def _has(table: Table) -> str:
    names = [printable(name) for name in table.types]
    more = f" and {len(names) - 20:,} more" if len(names) > 20 else ""
    return only_column(table) or f"Its columns are {', '.join(names[:20])}{more}."


def only_column(table: Table) -> str:
    """What a text file of one column probably lacks; empty for others."""
    if table.read is None or len(table.types) != 1:
        return ""
    [name] = table.types
    delim = next((mark for mark in (";", "\t", "|", ",") if mark in name), "")
    way = f"`delim: {json.dumps(delim)}`" if delim else "another `delim`, or `skip` lines above the header,"
    return f"Its only column is {printable(name)}: say {way} under `read`."
