"""Files of events: failures, errors, maintenance or orders, and which column holds the code."""

from collections.abc import Sequence
from dataclasses import replace

from intake.groups import FileGroup
from intake.meaning import FAILURES, MAINT, OF_ERRORS, ORDERS, Meaning
from intake.names import (
    CODE_WORDS,
    COMPONENT_WORDS,
    ERROR_WORDS,
    FAILURE_WORDS,
    MAINTENANCE_WORDS,
    PREVENTIVE_WORDS,
    says,
)
from intake.sample import ColumnFacts, Sample
from intake.sensors import is_index
from warehouse.sql import ident, literal

TRUE_WORDS = ("1", "1.0", "true", "yes", "y", "failed", "failure", "ja", "t", "x")
# What says of which feed events are; the first that fits counts.
FILE_WORDS = ((FAILURES, FAILURE_WORDS), (MAINT, MAINTENANCE_WORDS), (OF_ERRORS, ERROR_WORDS))
COLUMN_WORDS = (
    (OF_ERRORS, {"errorid", "error", "alarm", "fehler"}),
    (FAILURES, FAILURE_WORDS - {"label", "target"}),
    (MAINT, {"comp", "replaced", "repair", "service"}),
)


def events_of(known: Meaning, used: set[str]) -> Meaning | None:
    """A file of events; None where neither it nor its columns say of which kind."""
    sample = known.sample
    texts = [name for name, facts in sample.columns.items() if is_code(known, name, facts)]
    if orders := _orders(known, texts):
        return orders
    feed = _feed_by_words(known, used) or (FAILURES if known.moments.ended is not None else "")
    if not feed:
        if not texts:
            return None
        return replace(
            known,
            why="it looks like events, and neither its name nor its columns say whether they are failures, errors or "
            f"maintenance: map it to one of them, with {texts[0]} as its code",
        )
    wanted = COMPONENT_WORDS | FAILURE_WORDS if feed in (FAILURES, MAINT) else CODE_WORDS
    code = _code_column(sample, texts, wanted) or _number_code(sample, known, wanted, used)
    if not code and feed == OF_ERRORS:
        return replace(known, why="it looks like errors, and no column of it can be told to be their code")
    return replace(known, feed=feed, code=ident(code) if code else "", said=(f"events, {feed} by their words",))


def _orders(known: Meaning, texts: Sequence[str]) -> Meaning | None:
    """Orders of which a column says whether they are preventive; None where none does."""
    sample = known.sample
    preventive = next((name for name in sample.columns if says(name, PREVENTIVE_WORDS)), "")
    if not preventive or sample.columns[preventive].distinct > 3:
        return None
    code = _code_column(sample, [name for name in texts if name != preventive], COMPONENT_WORDS | CODE_WORDS)
    planned = [value for value in sample.values(ident(preventive), 5) if value.lower() in TRUE_WORDS]
    if not code or not planned:
        return None
    column, value = ident(preventive), literal(planned[0])
    ask = (
        f"which orders are failures: those that are not preventive ({column} <> {value}) are taken as failures of what "
        f"{code} says, the others as maintenance; a lookup of codes says it better"
    )
    said = ("orders, some of them preventive",)
    return replace(
        known, feed=ORDERS, code=ident(code), preventive=f"{column} = {value}", asks=(*known.asks, ask), said=said
    )


def _feed_by_words(known: Meaning, used: set[str]) -> str:
    """The feed that the files' name says, or else the names of the columns; empty where neither does."""
    columns = " ".join(name for name in known.sample.columns if name not in used)
    by_file = (feed for feed, words in FILE_WORDS if says(stem_of(known.group), words))
    by_column = (feed for feed, words in COLUMN_WORDS if says(columns, words))
    return next(by_file, "") or next(by_column, "")


def _code_column(sample: Sample, texts: Sequence[str], wanted: frozenset[str]) -> str:
    """Of the text columns one that is named like a code and repeats."""
    ranked = sorted(
        texts,
        key=lambda name: (
            not says(name, wanted),
            "description" in name.lower(),
            sample.columns[name].distinct > 0.5 * sample.columns[name].filled and sample.columns[name].filled > 10,
            list(sample.columns).index(name),
        ),
    )
    return next((name for name in ranked if not is_index(sample, name)), "")


def _number_code(sample: Sample, known: Meaning, wanted: frozenset[str], used: set[str]) -> str:
    taken = {*used, *(known.machine.columns if known.machine else ())}
    return next(
        (name for name, facts in sample.columns.items() if name not in taken and says(name, wanted) and facts.is_whole),
        "",
    )


def is_code(known: Meaning, name: str, facts: ColumnFacts) -> bool:
    """Whether a column may hold codes: words, and neither a time nor the machine."""
    taken = {*known.moments.used, *(known.machine.columns if known.machine else ())}
    return name not in taken and facts.kind == "VARCHAR" and not facts.is_number and facts.filled > 0


def stem_of(group: FileGroup) -> str:
    """What the files of a group are called, without their folder and what differs between them."""
    return " ".join(group.patterns).replace("*", " ").rpartition("/")[2]
