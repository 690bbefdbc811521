"""Looks at a file's rows where they have been put: whether all may stay, and what is odd about those that do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ingestion.checks import CHECKED, clashes_sql, lonely_reason, repeats_condition
from ingestion.discover import Drop, printable
from ingestion.feeds import Column, Feed, Kind
from ingestion.findings import FindingKind, Found, quoted
from ingestion.plausible_times import History, Stretch, lonely_stretches
from ingestion.source import Source
from ingestion.sql import is_word
from ingestion.staging import lost_cells
from warehouse.connection import Connection
from warehouse.sql import ident

MOST_READINGS = 3  # shown of a column's odd readings
MOST_WORDS = 12  # shown of a column's odd cells
_READABLE = {
    Kind.TIME: "times such as 2025-01-31 06:00:00",
    Kind.NUMBER: "numbers such as 1176.5",
    Kind.FLAG: "true or false",
}
DUE_RATIO = 1.2  # a machine with so many times the readings that are due has too many


def now_utc() -> datetime:
    """The moment of landing, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class FileLook:
    """Whether rows of a file stand against each other, and the lowest and highest reading of each sensor.

    They do where they contradict or repeat each other, or where one of its stretches is lonely.
    """

    odd: bool
    spans: dict[str, tuple[float | None, float | None]]

    def may_lie_outside(self, column: Column) -> bool:
        """Whether a reading of this sensor may lie outside its range."""
        low, high = self.spans[column.name]
        return low is not None and high is not None and not (low >= column.low and high <= column.high)

    def may_lie_below(self, column: Column) -> bool:
        """Whether a reading of this sensor may be smaller than the last decimal that is kept."""
        low, high = self.spans[column.name]
        return low is not None and high is not None and low < column.resolution and not high <= -column.resolution


def look(con: Connection, feed: Feed, file_id: int) -> FileLook:
    """One pass over the rows that a file has brought; another only where something is seen.

    Rows lie in the order of their insertion, so that a repeated identity lies next to its like, and a pause shows.
    """
    pause = f"datetime > lag(datetime) over () + interval {feed.clock.gap_days} days" if feed.merges else "false"
    span = "min(datetime), max(datetime)" if feed.merges else "null, null"
    extremes = [f"{pick}({ident(column.name)})" for column in feed.sensors for pick in ("min", "max")]
    row = con.execute(
        f"""with came as (
            select *, {repeats_condition(feed)} as _repeats, {pause} as _pause from raw.{feed.name} where _file_id = ?
        )
        select {
            ", ".join(["coalesce(bool_or(_repeats), false)", "coalesce(bool_or(_pause), false)", span, *extremes])
        } from came""",
        [file_id],
    ).fetchall()[0]
    repeats, pauses, first, last, *found = row
    spans = dict(zip((column.name for column in feed.sensors), zip(found[::2], found[1::2], strict=True), strict=True))
    rows = f"raw.{feed.name} where _file_id = {file_id}"
    odd = repeats and con.execute(f"{clashes_sql(feed, rows)} limit 1").fetchone() is not None
    if not odd and first is not None:
        history = history_of(con, feed, file_id)
        if pauses or _beyond(feed, history, first, last):
            odd = bool(find_lonely(con, feed, history, rows))
    return FileLook(bool(odd), spans)


def _beyond(feed: Feed, history: History, first: datetime, last: datetime) -> bool:
    """Whether all of a file lies apart from what has landed."""
    gap, known = timedelta(days=feed.clock.gap_days), history.landed
    return known is not None and (first > known.last + gap or last < known.first - gap)


def history_of(con: Connection, feed: Feed, before: int = 2**31 - 1) -> History:
    """What has landed of the feed from files before one, and the stretches that files hold of which nothing did."""
    first, last, rows = con.execute(
        """select min(first_datetime), max(last_datetime), sum(rows)::bigint from raw.landed_files
        where feed = ? and _file_id < ?""",
        [feed.name, before],
    ).fetchall()[0]
    aside = con.execute(
        """select held_first, held_last, held from raw.landed_files
        where feed = ? and _file_id < ? and held > 0 and rows + duplicates = 0""",
        [feed.name, before],
    ).fetchall()
    landed = Stretch(first, last, int(rows), 0) if first is not None else None
    return History(landed, tuple(Stretch(start, end, int(held), 0) for start, end, held in aside))


def find_lonely(con: Connection, feed: Feed, history: History, rows: str) -> list[Stretch]:
    """The stretches of `rows` (a table of readings, and a condition) that are to be set aside."""
    found = con.execute(
        f"""with ordered as (
            select datetime, machineID,
                datetime - lag(datetime) over (order by datetime) > interval {feed.clock.gap_days} days as _begins
            from {rows}
        ),
        numbered as (
            -- Not count(*) filter: DuckDB 2.0 counts that anew for every row.
            select *, sum(case when _begins then 1 else 0 end)
                over (order by datetime rows unbounded preceding) as _stretch
            from ordered
        )
        select min(datetime), max(datetime), count(*), count(distinct machineID) from numbered
        group by _stretch order by _stretch"""
    ).fetchall()
    return lonely_stretches([Stretch(*stretch) for stretch in found], history, now_utc(), feed.clock)


def set_lonely_aside(con: Connection, stretches: list[Stretch]) -> None:
    """Give the checked rows of lonely stretches their reason."""
    for stretch in stretches:
        con.execute(
            f"""update {CHECKED} set _reason = {lonely_reason()}, _held = datetime
            where _reason is null and datetime between ? and ?""",
            [stretch.first, stretch.last],
        )


def row_findings(
    con: Connection, drop: Drop, feed: Feed, source: Source, file_id: int, seen: FileLook
) -> Iterator[Found]:
    """What is odd about the rows that stay."""
    table = f"raw.{feed.name} where _file_id = {file_id}"
    [(rows,)] = con.execute(f"select count(*) from {table}").fetchall()
    present = {column.name for column in source.columns}
    for column in feed.columns:
        expected = column.sensor or not (feed.timed or column.free)
        if column.name not in present | source.silent and expected and rows:
            cure = f"add {column.name} to the file where it is known"
            yield Found(feed.name, drop.name, FindingKind.COLUMN_ABSENT, column.name, rows, "", cure)
    for column in feed.sensors:
        if seen.may_lie_outside(column):
            yield from _readings(con, drop, feed, table, column, FindingKind.OUTSIDE_RANGE)
        if seen.may_lie_below(column):
            yield from _readings(con, drop, feed, table, column, FindingKind.BELOW_RESOLUTION)
    if feed.merges:
        yield from _more_than_due(con, drop, feed, table)


def _readings(
    con: Connection, drop: Drop, feed: Feed, table: str, column: Column, kind: FindingKind
) -> Iterator[Found]:
    name = ident(column.name)
    outside = kind is FindingKind.OUTSIDE_RANGE
    condition = _outside(column) if outside else _below(column)
    found = con.execute(
        f"""select {name}, count(*), sum(count(*)) over ()::bigint from {table} and {condition}
        group by all order by 2 desc, 1 limit {MOST_READINGS}"""
    ).fetchall()
    if found:
        cure = (
            f"if they are true, widen {column.name} ({column.low:g} to {column.high:g}) in vars.sensors of "
            f"{feed.vars_file}; no feature should see others"
            if outside
            else f"give {column.name} more `decimals` in vars.sensors of {feed.vars_file}, or a smaller unit"
        )
        yield Found(
            feed.name,
            drop.name,
            kind,
            column.name,
            found[0][2],
            _examples([(f"{v:.15g}", n) for v, n, _ in found]),
            cure,
        )


def _more_than_due(con: Connection, drop: Drop, feed: Feed, table: str) -> Iterator[Found]:
    """Machines with more readings between their first and last than the step makes due: two sources under one id?"""
    due = f"(epoch(max(datetime)) - epoch(min(datetime))) / {feed.step_seconds} + 1"
    many = f"count(*) > {DUE_RATIO} * ({due}) + 1"
    suspects = [r[0] for r in con.execute(f"select machineID from {table} group by machineID having {many}").fetchall()]
    if not suspects:
        return
    found = con.execute(
        f"""select machineID, count(distinct datetime) as came, floor({due})::bigint as due from {table}
            and list_contains(?::varchar[], machineID)
        group by machineID having came > {DUE_RATIO} * due + 1 order by came - due desc, machineID""",
        [suspects],
    ).fetchall()
    if found:
        machine, came, due_there = found[0]
        example = f"machine {quoted(machine)} has {came:,} where {due_there:,} are due"
        cure = "name the true step, or give the machines of each source ids of their own"
        beyond = sum(row[1] - row[2] for row in found)
        yield Found(feed.name, drop.name, FindingKind.MORE_THAN_DUE, "datetime", beyond, example, cure)


def cell_findings(con: Connection, drop: Drop, feed: Feed, source: Source) -> Iterator[Found]:
    """Cells of number columns and free times that became NULL, by word; of rows rejected none."""
    for i, column in enumerate(source.columns):
        if not column.may_be_lost:
            continue
        example = _READABLE[column.kind]
        if source.meaning and column.kind is Kind.NUMBER:
            example += ", say `decimal_separator` or `thousands` under `read` of vars.mapping"
        found = con.execute(
            f"""select {is_word(f"_c{i}", feed.words.missing)} as missing, _c{i}, count(*) as n,
                sum(n) over (partition by missing)::bigint
            from ({lost_cells(feed, column, i)})
            group by missing, _c{i}
            qualify row_number() over (partition by missing order by n desc, _c{i}) <= {MOST_WORDS}
            order by n desc, 2"""
        ).fetchall()
        for kind, cure in (
            (FindingKind.MISSING_WORD, ""),
            (FindingKind.UNREADABLE, f"write {example}, or name the word in vars.missing_words"),
        ):
            words = [row for row in found if row[0] == (kind is FindingKind.MISSING_WORD)]
            if words:
                shown = _examples([(quoted(row[1]), row[2]) for row in words])
                yield Found(feed.name, drop.name, kind, column.name, words[0][3], shown, cure)


def rejection_findings(con: Connection, drop: Drop, feed: Feed) -> Iterator[Found]:
    """What is odd about rows that were checked one by one, beside what raw.rejected says of each."""
    held, first, last = con.execute(
        f"select count(_held), min(_held)::varchar, max(_held)::varchar from {CHECKED}"
    ).fetchall()[0]
    if held:
        cure = (
            "correct that clock; they land by themselves once other readings reach there, or once vars.plausible_clock "
            "allows them"
        )
        shown = first if first == last else f"{first} to {last}"
        yield Found(feed.name, drop.name, FindingKind.IMPLAUSIBLE_TIME, "datetime", held, shown, cure)
    found = con.execute(
        f"""select {ident(feed.key[0])}::varchar, machineID, sum(count(*)) over ()::bigint from {CHECKED} where _clash
        group by all order by all limit 1"""
    ).fetchone()
    if found:
        at, machine, clashes = found
        example = f"machine {quoted(machine)}" + (f" at {printable(at)}" if feed.timed else "")
        cure = "correct the file, or give the machines of each source ids of their own"
        yield Found(feed.name, drop.name, FindingKind.CONFLICTING, "machineID", clashes, example, cure)
    yield from _rejected(con, drop, feed)


def _rejected(con: Connection, drop: Drop, feed: Feed) -> Iterator[Found]:
    """Rows that are lost: neither set aside for their time nor said by another line of the file."""
    found = con.execute(
        f"""select min(_reason), count(*), sum(count(*)) over ()::bigint from {CHECKED}
        where _reason is not null and _held is null and not coalesce(_clash, false)
            and not starts_with(_reason, 'repeats line ')
        group by regexp_replace(_reason, '"[^"]*"|[0-9]+', '', 'g') order by 2 desc, 1 limit {MOST_READINGS}"""
    ).fetchall()
    if found:
        cure = "correct them and drop the file again; select * from raw.rejected names every line"
        shown = _examples([(printable(reason), rows) for reason, rows, _ in found])
        yield Found(feed.name, drop.name, FindingKind.REJECTED, "", found[0][2], shown, cure)


def _examples(found: list[tuple[str, int]]) -> str:
    return ", ".join(f"{what} {count:,} times" if count > 1 else what for what, count in found)


def _outside(column: Column) -> str:
    name = ident(column.name)  # NaN, the mark of a removed reading, is above everything
    return f"({name} < {column.low!r}::double or ({name} > {column.high!r}::double and isfinite({name})))"


def _below(column: Column) -> str:
    name = ident(column.name)
    return f"({name} <> 0 and abs({name}) < {column.resolution!r}::double)"
