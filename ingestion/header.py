"""The header of a dropped file against the columns of its feed."""

from ingestion.discover import Drop, printable
from ingestion.errors import RefusedError, UnfitError
from ingestion.feeds import Column, Feed

COLUMNS_LIMIT = 2_000


def locate(drop: Drop, feed: Feed, header: list[str]) -> tuple[tuple[Column, ...], tuple[int, ...], tuple[str, ...]]:
    """The feed's columns that are present, their positions, and the names that belong to no column.

    Names match whatever their case, and so do the labels of sensors, of which some may be missing. Raises RefusedError
    for another missing or a repeated column, no header, or more columns than any such file has.
    """
    if len(header) > COLUMNS_LIMIT:
        raise RefusedError(
            f"{drop.name} has {len(header):,} columns and at most {COLUMNS_LIMIT:,} are read; take out those without a "
            "name and those that no feature uses."
        )
    called = {column.label.lower(): column.name.lower() for column in feed.columns if column.label}
    found = [called.get(name, name) for name in (cell.strip().lower() for cell in header)]
    wanted = {column.name.lower(): column for column in feed.columns}
    twice = [column.name for name, column in wanted.items() if found.count(name) > 1]
    if twice:
        raise RefusedError(f'{drop.name} has the column "{twice[0]}" twice; keep one of them.')
    if not set(found) & set(wanted):
        raise UnfitError(f"{drop.name} has no header line; {_first_line(feed, header)}")
    if not feed.timed and "datetime" in found:
        raise UnfitError(
            f'{drop.name} is a file of {feed.name} by its name and has a column "datetime", which they have not; '
            "rename it after its feed, such as PdM_telemetry.csv."
        )
    absent = [column for name, column in wanted.items() if name not in found and not column.optional]
    missing = [column for column in absent if not column.sensor]
    if len([column for column in absent if column.sensor]) == len(feed.sensors):
        missing += feed.sensors
    if missing:
        raise UnfitError(_missing_sentence(drop, feed, missing))
    present = [(column, found.index(name)) for name, column in wanted.items() if name in found]
    named = [(cell.strip(), name) for cell, name in zip(header, found, strict=True) if name]
    extra = tuple(printable(cell) for cell, name in named if name not in wanted)
    return tuple(column for column, _ in present), tuple(position for _, position in present), extra


def needed_header(feed: Feed) -> str:
    """The header line of a file with just the columns that it must have."""
    return ",".join(column.name for column in feed.columns if not column.optional)


def _first_line(feed: Feed, header: list[str]) -> str:
    """What should stand there; not what does, which may be anything."""
    line = ",".join(header)
    hint = " separated by commas" if ";" in line or "\t" in line else ""
    return f"its first line must be {needed_header(feed)}{hint}."


def _missing_sentence(drop: Drop, feed: Feed, missing: list[Column]) -> str:
    names = ", ".join(f'"{column.name}"' for column in missing)
    many = len(missing) > 1
    what = f"{drop.name} lacks the column{'s' if many else ''} {names}, which "
    if all(column.sensor for column in missing):
        a, one = ("sensors", "at least one of them") if many else ("a sensor", "it")
        return f"{what}{feed.vars_file} names as {a}; add {one} to the file or correct vars.sensors."
    return f"{what}the feed {feed.name} needs ({', '.join(c.name for c in feed.columns if not c.optional)}); add it."
