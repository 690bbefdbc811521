"""Every row of a file as text cells in a temporary table: as DuckDB's reader finds them, or with the line of each."""

from collections.abc import Iterator

from ingestion import sql
from ingestion.csv_records import records
from ingestion.source import Source
from warehouse.connection import Connection

CELLS = "landing_cells"
BATCH_ROWS = 50_000


def load_cells(con: Connection, source: Source, with_lines: bool = True) -> None:
    """Fill the temporary table CELLS: _line, _text, _problem and the cleaned text of the columns, _c0, _c1, ...

    Without lines it takes a fraction of the time, and fails with duckdb.Error where a row is broken; with them it
    raises RefusedError as `csv_records.records`, and duckdb.Error for a Parquet file that cannot be read.
    """
    spec = ", ".join(f"_c{i} varchar" for i in range(len(source.columns)))
    con.execute(f"create or replace temp table {CELLS} (_line bigint, _text varchar, _problem varchar, {spec})")
    if source.drop.format == "parquet":
        texts = [f"cast({cell} as varchar)" for cell in source.cells]
        con.execute(
            f"""insert into {CELLS}
            select file_row_number + 1, concat_ws(',', {", ".join(f"coalesce({text}, '')" for text in texts)}),
                null, {", ".join(sql.clean(text) for text in texts)}
            from {source.relation}""",
            source.parameters,
        )
        return
    if not with_lines:
        cells = ", ".join(sql.clean(cell) for cell in source.cells)
        con.execute(
            f"insert into {CELLS} select null, null, null, {cells} from {source.text_relation}", source.parameters
        )
        return
    cleaned = ", ".join(sql.clean(f"_c{i}") for i in range(len(source.columns)))
    for batch in _batches(source):
        con.register("landing_batch", batch)
        con.execute(f"insert into {CELLS} select _line, _text, _problem, {cleaned} from landing_batch")
        con.unregister("landing_batch")


def _batches(source: Source) -> Iterator[object]:
    import pyarrow as pa  # noqa: PLC0415 - slow to import, and files without unusual rows never need it

    names = ["_line", "_text", "_problem", *(f"_c{i}" for i in range(len(source.columns)))]
    schema = pa.schema([(name, pa.int64() if name == "_line" else pa.string()) for name in names])
    rows: list[tuple[object, ...]] = []
    reader = records(source.drop)
    next(reader)  # the header
    for record in reader:
        rows.append(_row(source, record.line, record.cells, record.text, record.problem))
        if len(rows) == BATCH_ROWS:
            yield pa.table(list(zip(*rows, strict=True)), schema=schema)
            rows = []
    if rows:
        yield pa.table(list(zip(*rows, strict=True)), schema=schema)


def _row(source: Source, line: int, cells: list[str], text: str, problem: str | None) -> tuple[object, ...]:
    width = len(cells)
    while width > source.width and not cells[width - 1].strip():
        width -= 1  # DuckDB's reader also forgives empty cells behind the last column
    if problem is None and width != source.width:
        problem = f"{width} columns where the header has {source.width}"
    picked = [None if problem else cells[i] for i in source.positions]
    return (line, text[:1000], problem, *picked)
