"""Rows of other feeds in a file of readings, which a column of kinds tells apart."""

from collections.abc import Iterator

from intake.meaning import FAILURES, MAINT, OF_ERRORS, Meaning
from intake.names import ERROR_WORDS, FAILURE_WORDS, MAINTENANCE_WORDS, says
from warehouse.sql import ident, literal

_MOST_KINDS = 12
_FEEDS = ((FAILURES, FAILURE_WORDS), (MAINT, MAINTENANCE_WORDS), (OF_ERRORS, ERROR_WORDS - {"code", "codes", "log"}))


def other_feeds(meaning: Meaning) -> Iterator[str]:
    """What to ask of a column whose few words say failure, alarm or service on rows without a reading."""
    used = {*meaning.moments.used, *(meaning.machine.columns if meaning.machine else ())}
    for name, facts in meaning.sample.columns.items():
        if name in used or facts.is_number or not 2 <= facts.distinct <= _MOST_KINDS:
            continue
        words = _words_without_readings(meaning, name)
        found = {word: feed for feed, known in reversed(_FEEDS) for word in words if says(word, known)}
        if found:
            told = ", ".join(f"`where: {name} = {literal(word)}` for {feed}" for word, feed in found.items())
            yield (
                f"whether {meaning.group.names} holds other rows than readings, as {name} says: give these an entry of "
                f"their own beside the readings, with {told}"
            )


def _words_without_readings(meaning: Meaning, name: str) -> list[str]:
    """The values of a column in whose rows no sensor has a number, where it has others."""
    sensors = [one.column for one in meaning.sensors if one.column != name and not one.states]
    values = [meaning.long.value] if meaning.long else [ident(column) for column in sensors]
    if not values:
        return []
    cell, read = ident(name), " + ".join(f"count(try_cast({value} as double))" for value in values)
    found = meaning.sample.con.execute(
        f"select {cell}::varchar, {read} from {meaning.sample.table} where {cell} is not null group by 1 order by 1"
    ).fetchall()
    empty = [word for word, read in found if not read]
    return empty if len(empty) < len(found) else []
