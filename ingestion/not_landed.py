"""Which files of the drops folder have not landed, asked of a warehouse that is open for reading alone."""

from collections.abc import Iterator
from pathlib import Path

from ingestion.discover import Content, find_drops
from ingestion.feeds import feeds_of
from ingestion.landed_files import landed_as
from settings import Fleet
from warehouse.connection import Connection


def not_landed(con: Connection, folder: Path, fleet: Fleet) -> Iterator[str]:
    """Names of drops of which no content of their feed has landed, by name and size, and else by what they hold.

    So a file that was renamed has landed; one that was changed within its size cannot be told. Raises LandingError as
    `find_drops`.
    """
    feeds = feeds_of(fleet)
    known = set(con.execute("select feed, file, bytes from raw.landed_files").fetchall())
    drops, _ = find_drops(folder, fleet.mapping)
    for drop in drops:
        try:
            content = Content(drop.state(), drop.sha256)
            same = (drop.feed, drop.name, content.size) in known
            if not same and landed_as(con, feeds[drop.feed], content) is None:
                yield drop.name
        except OSError:
            yield drop.name
