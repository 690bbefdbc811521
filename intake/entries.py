"""The draft of a fleet from what the groups are: an entry for each feed of each of them, and what to ask."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from intake.codes import codes_of
from intake.draft import ANY_COMPONENT, Draft, EntryDraft, base_keys
from intake.event_entries import of_events, register
from intake.meaning import FAILURES, MACHINES, MAINT, OF_ERRORS, OF_TELEMETRY, ORDERS, Meaning
from intake.other_feeds import other_feeds
from intake.plain_names import plain_names
from intake.reading_entries import of_readings, run_to_failure, sensors_of, too_many
from intake.whose import differ, is_known, machines_of, of_each, type_of
from warehouse.sql import literal


def draft(meanings: Sequence[Meaning]) -> Draft:
    """Entries for all groups that are of a feed."""
    readings = [one for one in meanings if one.feed == OF_TELEMETRY]
    every = sensors_of(readings)
    beyond = too_many(every)
    sensors = dict(islice(every.items(), len(every) - len(beyond)))
    components, codes = codes_of(meanings, [one.name for one in sensors.values()])
    entries: list[EntryDraft] = []
    idle: list[EntryDraft] = []
    asks: list[str] = []
    typed = len(readings) > 1 and not any(one.feed == MACHINES or one.attributes for one in meanings)
    for meaning in readings:
        for machine, patterns, told in of_each(meaning, asks):
            entries += of_readings(meaning, machine, patterns, told, sensors)
            if typed and meaning.machine and not meaning.long and differ(readings):
                named = {"machineID": machine, "model": literal(type_of(meaning))}
                why = ("the kinds of files are taken as types of machines",)
                entries.append(EntryDraft(MACHINES, {**base_keys(meaning, patterns), "columns": named}, why, meaning))
            idle += run_to_failure(meaning, machine, patterns)
    if beyond:
        asks.append(
            f"which of the {len(every):,} sensors tell of failures: the first {len(sensors)} are proposed, for each "
            "takes two dozen features and its share of every night; write those that you know to matter in the place "
            "of others"
        )
    if idle:
        components = components or {ANY_COMPONENT: ANY_COMPONENT}
        asks.append(
            "whether each machine's last row is its failure, as where units run until they fail: then take away the # "
            "before the entry of failures in the proposed file"
        )
    known = machines_of(readings)
    for meaning in meanings:
        if meaning.feed == MACHINES:
            if not readings or is_known(meaning, readings, known):
                entries.append(register(meaning))
            else:
                asks.append(
                    f"what {meaning.group.names} is: it has a row a machine, and its machines are not those of the "
                    "readings; it is left out"
                )
        elif meaning.feed in (FAILURES, OF_ERRORS, MAINT, ORDERS):
            entries += of_events(meaning)
    asks += [ask for one in readings for ask in other_feeds(one)]
    asks = [*(f"{one.group.names}: {ask}" for one in meanings for ask in one.asks), *asks]
    return Draft(
        entries=tuple(_plainly(entry) for entry in entries),
        idle=tuple(_plainly(entry) for entry in idle),
        sensors=tuple(sensors.values()),
        error_codes=codes,
        components=components or ({ANY_COMPONENT: ANY_COMPONENT}),
        asks=tuple(dict.fromkeys(asks)),
        left_out=tuple(_left_out(readings, beyond)),
    )


def _plainly(entry: EntryDraft) -> EntryDraft:
    keys = {key: value if key in ("files", "read") else plain_names(value) for key, value in entry.keys.items()}
    return replace(entry, keys=keys)


def _left_out(readings: Sequence[Meaning], beyond: Sequence[str]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {"more sensors than are proposed unasked": list(beyond)} if beyond else {}
    for one in readings:
        for name, why in one.left_out:
            reasons.setdefault(why, []).append(name or "the column without a name")
    for why, names in reasons.items():
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        yield f"{', '.join(dict.fromkeys(names[:12]))}{more}: {why}"
