"""Which files have landed, as raw.landed_files keeps it, and which were refused."""

from collections.abc import Iterable
from datetime import datetime

from ingestion.discover import Content, Drop
from ingestion.feeds import Feed
from ingestion.looks import history_of, now_utc
from ingestion.plausible_times import within_bounds
from ingestion.raw_schema import REFUSED
from ingestion.summary import LandedFile, Refusal
from warehouse.connection import Connection, transaction


def has_landed(con: Connection, feed: Feed) -> bool:
    """Whether any file of the feed ever has."""
    return bool(con.execute("select 1 from raw.landed_files where feed = ? limit 1", [feed.name]).fetchone())


def landed_as(con: Connection, feed: Feed, content: Content, meaning: str = "") -> str | None:
    """The name under which this content has been landed for the feed before, or None; hashes only where sizes match.

    Content of which rows were set aside for a time that is plausible by now has not landed, nor has one of which
    another mapping than `meaning` could use no row.
    """
    found = con.execute(
        """select sha256, file, _file_id, rows + duplicates, held_first, held_last from raw.landed_files
        where feed = ? and bytes = ? order by _file_id""",
        [feed.name, content.size],
    ).fetchall()
    files = {sha256: (file, file_id, kept, held) for sha256, file, file_id, kept, *held in found}
    if not files or content.sha256() not in files:
        return None
    file, file_id, kept, held = files[content.sha256()]
    if meaning and not kept:
        by = con.execute("select meaning from raw.mapped_files where _file_id = ?", [file_id]).fetchone()
        if by != (meaning,):
            return None
    return None if any(_may_land_now(con, feed, moment) for moment in held if isinstance(moment, datetime)) else file


def _may_land_now(con: Connection, feed: Feed, moment: datetime) -> bool:
    if not feed.merges:
        return within_bounds(moment, now_utc(), feed.clock)
    return history_of(con, feed).may_land_now(moment, now_utc(), feed.clock)


def record_file(
    con: Connection,
    drop: Drop,
    feed: Feed,
    content: Content,
    *,
    file_id: int,
    duplicates: int,
    held: tuple[int, datetime | None, datetime | None],
) -> LandedFile:
    """Record the file in raw.landed_files, with the counts and times of its rows in the tables."""
    spans = "min(datetime), max(datetime), min(available_at), max(available_at)"
    if not feed.timed:
        spans = "null, null, null, null"
    [(rows, *times)] = con.execute(
        f"select count(*), {spans} from raw.{feed.name} where _file_id = ?", [file_id]
    ).fetchall()
    [(rejected,)] = con.execute("select count(*) from raw.rejected where _file_id = ?", [file_id]).fetchall()
    file = [file_id, feed.name, drop.name, content.sha256(), content.size]
    entry = [*file, rows, rejected, duplicates, *times, now_utc(), *held]
    con.execute(f"insert into raw.landed_files values ({', '.join('?' * len(entry))})", entry)
    return LandedFile(
        file_id=file_id,
        feed=feed.name,
        file=drop.name,
        rows=rows,
        rejected=rejected,
        duplicates=duplicates,
        held=held[0],
        first_datetime=times[0],
        last_datetime=times[1],
    )


def keep_refusals(con: Connection, refusals: Iterable[Refusal]) -> None:
    """Make raw.refused_files say just which files this landing has refused, and why."""
    with transaction(con):
        con.execute(f"delete from raw.{REFUSED}")
        for one in refusals:
            con.execute(f"insert into raw.{REFUSED} values (?, ?, ?)", [one.feed, one.file, one.reason])
