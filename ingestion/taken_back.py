"""Events that a corrected file leaves out: what has landed once is never taken back, and whoever corrects must know."""

from collections.abc import Iterator

from ingestion.discover import Drop
from ingestion.feeds import Feed
from ingestion.findings import FindingKind, Found, quoted
from warehouse.connection import Connection
from warehouse.sql import idents

EVENTS = ("errors", "maint", "failures")  # of readings and words a later row corrects the earlier one
CURE = "where they were wrong, correct the files and land all of them into a new NIGHTSHIFT_HOME"


def taken_back(con: Connection, drop: Drop, feed: Feed, file_id: int, earlier: str) -> Iterator[Found]:
    """Rows in `earlier` of a file of the same name, of the time that the file `file_id` tells of, which that lacks.

    `earlier`: as of `Sink.earlier_rows`. To be asked before rows that are known already are deleted.
    """
    if feed.name not in EVENTS:
        return
    table, key = f"raw.{feed.name}", idents(feed.key)
    rows = con.execute(
        f"""with told as (select {key} from {table} where _file_id = $file)
        select {key} from {earlier}
        where
            _file_id in (
                select _file_id from raw.landed_files where feed = $feed and file = $name and _file_id < $file
            )
            and datetime between (select min(datetime) from told) and (select max(datetime) from told)
        except select * from told
        order by all""",
        {"file": file_id, "feed": feed.name, "name": drop.name},
    ).fetchall()
    if rows:
        moment, machine, code = rows[0]
        example = f"{quoted(code)} of machine {quoted(machine)} at {moment}"
        yield Found(feed.name, drop.name, FindingKind.TAKEN_BACK, "", len(rows), example, CURE)
