"""Machines that leave service with their failure: seen in the rows, proposed where a flag in the readings says it."""

from collections.abc import Iterator
from dataclasses import replace

from intake.draft import Draft, EntryDraft
from intake.meaning import FAILURES, MACHINES
from warehouse.connection import Connection

_DAY = 86_400
_LEAST_MACHINES = 2
_SHARE = 0.8  # of the machines that fail, gone after it


def leave_with_failure(con: Connection, step_seconds: float) -> tuple[int, int]:
    """How many machines have no reading after their failure, of how many that failed while others were still heard."""
    margin = int(max(2 * step_seconds, _DAY))
    [(gone, failed)] = con.execute(
        f"""select count(*) filter (last_at <= failed_at + to_seconds({margin})), count(*)
        from (select machineID, max(datetime) as failed_at from raw_failures group by machineID)
        join (select machineID, max(datetime) as last_at from raw_telemetry group by machineID) using (machineID)
        where failed_at < (select max(datetime) from raw_telemetry) - to_seconds({3 * margin})"""
    ).fetchall()
    return int(gone), int(failed)


def with_retirement(draft: Draft, gone: int, failed: int) -> Draft:
    """The draft with the end of service of machines that failed, where enough of them do not come back."""
    if failed < _LEAST_MACHINES or gone < _SHARE * failed:
        return draft
    return replace(draft, entries=tuple(_retired(draft, gone, failed)))


def _retired(draft: Draft, gone: int, failed: int) -> Iterator[EntryDraft]:
    flags = [one for one in draft.entries if one.feed == FAILURES and _is_dated_flag(one)]
    registers = [_place(one) for one in draft.entries if one.feed == MACHINES]
    why = f"{gone:,} of {failed:,} machines that fail have no row after it: they leave service then, for good"
    for flag in flags:
        if _place(flag) not in registers:
            keys = {key: value for key, value in flag.keys.items() if key in ("files", "read", "zone")}
            yield EntryDraft(MACHINES, {**keys, "columns": _until(flag)}, (why,), flag.meaning)
    by_place = {_place(flag): flag for flag in flags}
    for entry in draft.entries:
        own = by_place.get(_place(entry)) if entry.feed == MACHINES else None
        if own is None:
            yield entry
        else:
            zone = {"zone": own.keys["zone"]} if "zone" in own.keys else {}
            until = {**entry.keys, **zone, "columns": {**entry.columns, **_until(own)}}
            yield replace(entry, keys=until, comments=(*entry.comments, why))


def _until(flag: EntryDraft) -> dict[str, str]:
    """The machine, and a day after the row that says that it fails."""
    columns = flag.columns
    until = f"case when {flag.keys['where']} then ({columns['datetime']})::timestamp + to_days(1) end"
    return {"machineID": columns["machineID"], "in_service_until": until}


def _is_dated_flag(entry: EntryDraft) -> bool:
    at = entry.meaning.moments.at if entry.meaning and entry.meaning.flag else None
    return at is not None and not at.cycles


def _place(entry: EntryDraft) -> str:
    return str(entry.keys["files"])
