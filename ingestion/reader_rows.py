"""Rows of a file as DuckDB's reader types them, and the few lines of a CSV file that it cannot, by their places there.

That takes a third of what it takes to read all of the file as text (`staging`). It is believed only where every line of
the file is accounted for: by a row, or by a line that was left out and stands where the reader says.
"""

from collections.abc import Iterator

import duckdb

from ingestion.checks import odd_condition
from ingestion.csv_lines import pieces, records_from
from ingestion.csv_records import Record
from ingestion.errors import RefusedError
from ingestion.feeds import Feed, Kind
from ingestion.rejects import REJECTS, forget_rejects, has_rejects, most_rejects
from ingestion.source import Source, is_internal
from ingestion.staging import TYPED_LINES
from ingestion.text_cells import create_cells, load_records
from warehouse.connection import Connection
from warehouse.sql import ident

SMALL = 2**17  # bytes of a file that is read in no time either way
MANY = 60  # where one line in so many is odd, reading all as text is no dearer


def typed_rows(source: Source, feed: Feed, relation: str) -> str:
    """A query for the columns of `source` as the reader types them in `relation`; it fails on a row that is odd."""
    names = [column.name for column in source.columns]
    values = ", ".join(f"{source.value(i)} as {ident(name)}" for i, name in enumerate(names))
    first = ident(names[0])  # the reader stops where it meets an odd row, before anything is sorted
    guarded = f"case when {odd_condition(feed, source.columns)} then error('odd') else {first} end as {first}"
    return f"select * replace ({guarded}) from (select {values} from {relation})"


def stage_apart(con: Connection, source: Source, feed: Feed) -> bool:
    """Make TYPED_LINES of the rows that the reader types, and CELLS of the lines that it leaves out.

    False where it is not to be believed, or leaves too many out. TYPED_LINES is as `staging.stage` makes it, but for
    _line, which is 0. Raises duckdb.Error where the file is not at fault.
    """
    if not source.lenient:
        return False
    try:
        return _are_few(source) and _stage(con, source, feed)
    except RefusedError:  # which reading it as text will say again
        return False
    except duckdb.Error as error:
        if is_internal(error):
            raise
        return False


def _are_few(source: Source) -> bool:
    """Whether, by a look at some places, so few lines are odd that it is cheaper to take them one by one."""
    size, looked_at = source.drop.state()[0], list(pieces(source.drop))
    read = sum(map(len, looked_at))
    if size <= SMALL or not read:
        return True
    numbers = [at for column, at in zip(source.columns, source.positions, strict=True) if column.kind is Kind.NUMBER]
    lines = [line.split(",") for piece in looked_at for line in piece.decode(errors="replace").splitlines()]
    odd = sum(len(cells) != source.width or not all(_is_number(cells[at]) for at in numbers) for cells in lines)
    return odd * MANY <= len(lines) and odd * size / read < most_rejects(source.width)


def _is_number(cell: str) -> bool:
    """Roughly as the reader sees it: it is one, or empty."""
    try:
        float(cell.strip('"\r') or 0)
    except ValueError:
        return False
    return True


def _stage(con: Connection, source: Source, feed: Feed) -> bool:
    forget_rejects(con)
    there = {column.name for column in source.columns}
    typed = ", ".join(
        f"{'' if column.name in there else f'null::{column.kind.value} as '}{ident(column.name)}"
        for column in feed.columns
    )
    con.execute(
        f"""create or replace temp table {TYPED_LINES} as
        select 0::bigint as _line, {typed}, null::varchar[] as _lost, false as _odd
        from ({typed_rows(source, feed, source.lenient)})""",
        source.parameters,
    )
    [(rows,)] = con.execute(f"select count(*) from {TYPED_LINES}").fetchall()
    found = _left_out(con, source, rows)
    if found is None:
        return False
    create_cells(con, source)
    load_records(con, source, found)
    return True


def _left_out(con: Connection, source: Source, rows: int) -> Iterator[tuple[Record, int]] | None:
    """The records of the lines that the reader has left out beside so many `rows`; None where that cannot be so."""
    if not has_rejects(con):
        return None
    [(errors,)] = con.execute(f"select count(*) from temp.{REJECTS}").fetchall()
    if errors >= most_rejects(source.width):
        return None
    said = con.execute(
        f"""select line_byte_position::bigint - 1, trim(any_value(csv_line), chr(10) || chr(13)) from temp.{REJECTS}
        group by all order by 1"""
    ).fetchall()
    records, lines = records_from(source.drop, [start for start, _ in said])
    if lines != source.first_line - 1 + rows + len(said) or [record.text for record in records] != [t for _, t in said]:
        return None
    return None if any(record.problem for record in records) else iter([(record, 0) for record in records])
