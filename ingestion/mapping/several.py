"""A file that several entries of one feed read, as one source: its rows are those of all of them, and land together."""

from collections.abc import Sequence
from dataclasses import replace

from ingestion.feeds import Feed
from ingestion.source import Source
from warehouse.connection import Connection
from warehouse.sql import ident


def set_apart(con: Connection, source: Source, at: int) -> Source:
    """The rows of the entry `at` in temporary tables of their own, which the next entry does not write over."""
    cells = "".join(
        f", {cell} as {ident(column.name)}" for column, cell in zip(source.columns, source.cells, strict=True)
    )
    con.execute(f"create or replace temp table landing_part_{at} as select _line, _row{cells} from {source.relation}")
    problems = (
        source.problems or "select null::bigint as _line, null::varchar as _text, null::varchar as _problem limit 0"
    )
    con.execute(f"create or replace temp table landing_odd_{at} as {problems}")
    return replace(
        source,
        relation=f"landing_part_{at}",
        cells=tuple(ident(column.name) for column in source.columns),
        problems=f"select * from landing_odd_{at}" if source.problems else "",
    )


def united(sources: Sequence[Source], feed: Feed) -> Source:
    """All of them together; rows of one line that say the same are one. The last one knows what all left out."""
    typed = {
        column.name: all(dict(zip(one.columns, one.typed, strict=True)).get(column, True) for one in sources)
        for column in feed.columns
    }
    present = {column.name for one in sources for column in one.columns}
    columns = tuple(column for column in feed.columns if column.name in present)
    parts = (
        f"select _line, _row, {', '.join(_cell(column.name, typed) for column in one.columns)} from {one.relation}"
        for one in sources
    )
    return replace(
        sources[-1],
        columns=columns,
        relation=f"({' union by name '.join(parts)})",
        cells=tuple(ident(column.name) for column in columns),
        typed=tuple(typed[column.name] for column in columns),
        problems=" union ".join(one.problems for one in sources if one.problems),
        found=tuple(dict.fromkeys(found for one in sources for found in one.found)),
        silent=frozenset().union(*(one.silent for one in sources)),
        long=any(one.long for one in sources),
        meaning="+".join(one.meaning for one in sources),
    )


def _cell(name: str, typed: dict[str, bool]) -> str:
    return ident(name) if typed[name] else f"cast({ident(name)} as varchar) as {ident(name)}"
