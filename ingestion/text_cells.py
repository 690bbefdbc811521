"""Single rows of a file as text cells in a temporary table, with the line, the text and the trouble of each."""

from collections.abc import Iterator
from itertools import islice

from ingestion import sql
from ingestion.csv_lines import records_at
from ingestion.csv_records import Record
from ingestion.source import Source
from ingestion.summary import counted
from warehouse.connection import Connection

CELLS = "landing_cells"
ABSORBED = "landing_absorbed"  # lines that belong to the record of an earlier line
BATCH_ROWS = 50_000
NUMBERS_AT_ONCE = 1_000_000


def create_cells(con: Connection, source: Source) -> None:
    """Make the empty temporary tables CELLS (_line, _text, _problem, cleaned text of the columns) and ABSORBED."""
    spec = ", ".join(f"_c{i} varchar" for i in range(len(source.columns)))
    con.execute(f"create or replace temp table {CELLS} (_line bigint, _text varchar, _problem varchar, {spec})")
    con.execute(f"create or replace temp table {ABSORBED} (_line bigint)")


def load_cells(con: Connection, source: Source, lines: str) -> None:
    """Add to CELLS the rows that start at `lines`, a query for their numbers as _line.

    Raises RefusedError as `csv_records.records`, and duckdb.Error for a Parquet file that cannot be read.
    """
    if source.is_text:
        load_records(con, source, records_at(source.drop, _numbers(con, lines)))
    else:
        _load_typed(con, source, lines)


def load_records(con: Connection, source: Source, found: Iterator[tuple[Record, int]]) -> None:
    """Add records of a CSV file to CELLS, and to ABSORBED the further lines that each takes up. Raises RefusedError."""
    names = ["_line", "_text", "_problem", *(f"_c{i}" for i in range(len(source.columns)))]
    cleaned = ", ".join(sql.clean(name) for name in names[3:])
    # As lists: to make Arrow's tables of them loads pandas, which takes longer than landing a small file.
    listed = ", ".join(f"unnest(?::{'bigint' if name == '_line' else 'varchar'}[]) as {name}" for name in names)
    while some := list(islice(found, BATCH_ROWS)):
        rows = [_row(source, record.line, record.cells, record.text, record.problem) for record, _ in some]
        con.execute(
            f"insert into {CELLS} select _line, _text, _problem, {cleaned} from (select {listed})",
            [list(values) for values in zip(*rows, strict=True)],
        )
        absorbed = [record.line + more for record, joined in some for more in range(1, joined + 1)]
        con.execute(f"insert into {ABSORBED} select unnest(?::bigint[])", [absorbed])


def load_problems(con: Connection, source: Source) -> None:
    """Add to CELLS the lines that are no rows at all, each with its problem."""
    cells = "".join(", null" for _ in source.columns)
    con.execute(f"insert into {CELLS} select _line, _text, _problem{cells} from ({source.problems})")


def _load_typed(con: Connection, source: Source, lines: str) -> None:
    cells = [f"cast({cell} as varchar)" for cell in source.cells]
    text = f"""concat_ws(',', {", ".join(f"coalesce({cell}, '')" for cell in cells)})"""
    texts = ""
    if source.texts:  # which reads the file again
        if con.execute(f"{lines} limit 1").fetchone() is None:
            return
        rows = f"select {source.row} from {source.relation} where {source.line} in ({lines})"
        texts = f"left join (select * from ({source.texts}) where _row in ({rows})) as texts using (_row)"
        text = "texts._text"
    con.execute(
        f"""insert into {CELLS}
        select {source.line}, {text}, null, {", ".join(sql.clean(cell) for cell in cells)}
        from {source.relation} {texts} where {source.line} in ({lines})""",
        source.parameters,
    )


def _numbers(con: Connection, lines: str) -> Iterator[int]:
    """The numbers in ascending order, a bounded part of them at a time."""
    last = -1
    while True:
        found = con.execute(
            f"select _line from ({lines}) where _line > {last} order by _line limit {NUMBERS_AT_ONCE}"
        ).fetchnumpy()["_line"]
        yield from map(int, found)
        if len(found) < NUMBERS_AT_ONCE:
            return
        last = int(found[-1])


def _row(source: Source, line: int, cells: list[str], text: str, problem: str | None) -> tuple[object, ...]:
    width = len(cells)
    while width > source.width and not cells[width - 1].strip():
        width -= 1  # DuckDB's reader also forgives empty cells behind the last column
    if problem is None and width != source.width:
        problem = f"{counted(width, 'column')} where the header has {source.width}"
    picked = [None if problem else cells[i] for i in source.positions]
    return (line, text[:1000], problem, *picked)
