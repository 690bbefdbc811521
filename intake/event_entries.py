"""Entries of the files with events, and of the register of machines."""

from collections.abc import Iterator

from intake.draft import ANY_COMPONENT, EntryDraft, base_keys
from intake.meaning import FAILURES, MACHINES, MAINT, OF_ERRORS, ORDERS, Meaning
from warehouse.sql import literal


def of_events(meaning: Meaning) -> Iterator[EntryDraft]:
    """The entries of a group of events: one, or of orders one for failures and one for maintenance."""
    at, machine = meaning.moments.at, meaning.machine
    if at is None:
        return
    who = machine.expression if machine else literal("machine")
    base = {**base_keys(meaning, meaning.group.patterns)}
    common: dict[str, str] = {"datetime": at.expression, "machineID": who}
    if meaning.moments.available:
        common["available_at"] = meaning.moments.available.expression
    comments = (f"times: {at.words}",)
    code = meaning.code or literal(ANY_COMPONENT)
    if meaning.feed == OF_ERRORS:
        yield EntryDraft(OF_ERRORS, {**base, "columns": {**common, "errorID": code}}, comments, meaning)
        return
    ended = {"ended_at": meaning.moments.ended.expression} if meaning.moments.ended else {}
    if meaning.feed in (FAILURES, ORDERS):
        keys: dict[str, object] = {**base, "columns": {**common, **ended, "failure": code}}
        if meaning.preventive:
            keys["where"] = f"not ({meaning.preventive}) and {code} is not null"
        yield EntryDraft(FAILURES, keys, comments, meaning)
    if meaning.feed in (MAINT, ORDERS):
        keys = {**base, "columns": {**common, "comp": code}}
        if meaning.preventive:
            keys["where"] = f"{meaning.preventive} and {code} is not null"
        yield EntryDraft(MAINT, keys, comments, meaning)


def register(meaning: Meaning) -> EntryDraft:
    """The entry of a group with a machine a row."""
    machine = meaning.machine.expression if meaning.machine else ""
    keys = {**base_keys(meaning, meaning.group.patterns), "columns": {"machineID": machine, **meaning.attributes}}
    return EntryDraft(MACHINES, keys, (), meaning)
