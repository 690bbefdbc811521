"""What the files of a group are: of which feed, and what each of their columns stands for."""

from collections.abc import Sequence
from dataclasses import replace

from intake.event_roles import TRUE_WORDS, events_of, is_code, stem_of
from intake.groups import FileGroup
from intake.machines import MachineColumn, find_machine
from intake.meaning import MACHINES, NOTHING, OF_TELEMETRY, FailureFlag, LongParts, Meaning
from intake.names import (
    AGE_WORDS,
    ERROR_WORDS,
    FAILURE_WORDS,
    GOOD_WORDS,
    MAINTENANCE_WORDS,
    MODEL_WORDS,
    PREVENTIVE_WORDS,
    QUALITY_WORDS,
    REGISTER_WORDS,
    TAG_WORDS,
    VALUE_WORDS,
    says,
)
from intake.registers import lists_machines, times_of_service
from intake.sample import Sample
from intake.sensors import SensorGuess, find_sensors
from intake.when import find_moments
from warehouse.sql import ident, literal

_FLAG_WORDS = frozenset((*TRUE_WORDS, "0", "0.0", "false", "no", "n", "nein", "f", "ok", "normal", "none"))


def meaning_of_group(group: FileGroup, sample: Sample) -> Meaning:
    """What the group's files are, by their columns first and by their names where those leave it open."""
    if not sample.rows:
        return Meaning(group, sample, NOTHING, "no row of it can be read")
    moments = find_moments(sample)
    used = set(moments.used)
    flag = _flag(sample, used)
    machine = find_machine(sample, moments, used)
    known = Meaning(group, sample, NOTHING, moments=moments, machine=machine, asks=moments.asks)
    if moments.at is None:
        return _register(known, used)
    if served := _served(known, used):
        return served
    if long := _long(sample, used, machine):
        return _of_long(known, long, used)
    taken = used | set(machine.columns if machine else ()) | ({flag.column} if flag else set())
    found = find_sensors(sample, moments, machine, taken)
    events = events_of(known, used) if not _reads_like_telemetry(known, found.sensors) else None
    if events is not None:
        return events
    if not found.sensors:
        return replace(known, why="it has a time and no column of readings or of codes that can be told")
    attributes = _attributes(sample, machine, taken)
    left = [one for one in found.left_out if one[0] not in {text.strip('"') for text in attributes.values()}]
    return replace(
        known,
        feed=OF_TELEMETRY,
        sensors=tuple(found.sensors),
        flag=flag,
        attributes=attributes,
        left_out=tuple(left),
        said=("a column for each sensor",),
    )


def _reads_like_telemetry(known: Meaning, sensors: Sequence[SensorGuess]) -> bool:
    """Events have few numbers and a code; their files or columns say what they are."""
    if not sensors:
        return False
    if says(stem_of(known.group), ("telemetry", "sensor", "sensors", "readings", "measurements")):
        return True
    if known.moments.ended is not None:
        return False
    file_says = says(stem_of(known.group), FAILURE_WORDS | MAINTENANCE_WORDS | ERROR_WORDS)
    has_code = any(is_code(known, name, facts) for name, facts in known.sample.columns.items())
    gauges = [one for one in sensors if not one.states]
    return (
        bool(gauges)
        and not (file_says and has_code)
        and not (has_code and len(gauges) <= 2 and _is_order(known.sample))
    )


def _is_order(sample: Sample) -> bool:
    return any(says(name, PREVENTIVE_WORDS) for name in sample.columns)


def _register(known: Meaning, used: set[str]) -> Meaning:
    machine = known.machine
    column, value = known.moments.unread
    if column:
        return replace(
            known,
            why=f"{column} is named like a time, and what it holds cannot be told, such as {value}: give "
            "columns.datetime an expression that reads it (docs/mapping.md, time)",
        )
    if machine is None:
        return replace(known, why="no column of it can be told to be a time, and none to name a machine")
    sample = known.sample
    facts = sample.columns[machine.columns[0]] if machine.columns else None
    repeated = facts is not None and facts.distinct < 0.9 * facts.filled
    names_it = says(stem_of(known.group), REGISTER_WORDS)
    if repeated and not names_it:
        return replace(
            known, why="no column of it can be told to be a time: name it in columns.datetime, if there is one"
        )
    attributes = _attributes(sample, machine, used | set(machine.columns), a_register=True)
    return replace(known, feed=MACHINES, attributes=attributes, said=("a machine a row, and no time",))


def _served(known: Meaning, used: set[str]) -> Meaning | None:
    """A register with times of service; None for whatever else has times."""
    stem, machine = stem_of(known.group), known.machine
    if says(stem, FAILURE_WORDS | ERROR_WORDS | MAINTENANCE_WORDS) or not lists_machines(known.sample, machine):
        return None
    times = times_of_service(known.sample, known.moments)
    attributes = _attributes(known.sample, machine, used | set(machine.columns if machine else ()), a_register=True)
    if not times or not (attributes or says(stem, REGISTER_WORDS)):
        return None
    said = ("a machine a row, and when it is in service",)
    return replace(known, feed=MACHINES, attributes=attributes | times, said=said, asks=())


def _attributes(
    sample: Sample, machine: MachineColumn | None, taken: set[str], a_register: bool = False
) -> dict[str, str]:
    """What says model and age of a machine, where one value goes with each machine."""
    if machine is None or not machine.columns:
        return {}
    out: dict[str, str] = {}
    for name, facts in sample.columns.items():
        if name in taken or facts.is_empty or not (says(name, MODEL_WORDS) or says(name, AGE_WORDS)):
            continue
        if not a_register and not is_of_the_machine(sample, machine.expression, name):
            continue
        if says(name, AGE_WORDS) and "age" not in out:
            out["age"] = ident(name)
        elif (
            says(name, MODEL_WORDS)
            and not says(name, AGE_WORDS)
            and "model" not in out
            and (a_register or not facts.is_number)
        ):
            out["model"] = ident(name)
    return out


def is_of_the_machine(sample: Sample, machine: str, column: str) -> bool:
    """Whether a column has one value a machine, and machines have several rows."""
    [found] = sample.con.execute(
        f"""select max(kinds), avg(rows) from (select count(distinct {ident(column)}) as kinds, count(*) as rows
        from {sample.table} group by {machine})"""
    ).fetchall()
    return bool(found[0] == 1) and float(found[1] or 0) > 1.5


def _flag(sample: Sample, used: set[str]) -> FailureFlag | None:
    for name, facts in sample.columns.items():
        if name in used or not says(name, FAILURE_WORDS) or not facts.filled or facts.distinct > 3:
            continue
        values = [value.lower() for value in sample.values(ident(name), 4)]
        if set(values) <= _FLAG_WORDS:
            hit = next((value for value in sample.values(ident(name), 4) if value.lower() in TRUE_WORDS), "1")
            where = f"{ident(name)} = 1" if facts.is_number else f"{ident(name)} = {literal(hit)}"
            where = ident(name) if facts.kind == "BOOLEAN" else where
            return FailureFlag(name, where)
    return None


def _long(sample: Sample, used: set[str], machine: MachineColumn | None) -> LongParts | None:
    tags = [
        name for name, one in sample.columns.items() if name not in used and says(name, TAG_WORDS) and not one.is_number
    ]
    values = [
        name
        for name, one in sample.columns.items()
        if name not in used and says(name, VALUE_WORDS) and name not in tags
    ]
    if not tags or not values:
        return None
    tag, value = tags[0], values[0]
    if sample.columns[value].numbers < 0.5 * sample.columns[value].filled:
        return None
    apart = machine is not None and machine.sure and tag not in machine.columns and bool(machine.columns)
    if apart and machine is not None:
        return LongParts(machine.expression, ident(tag), ident(value), tuple(sample.values(ident(tag), 500)))
    return _split_tag(sample, tag, value)


def _split_tag(sample: Sample, tag: str, value: str) -> LongParts:
    """A tag such as `P101.TT01` names the machine before its last sign and the sensor behind it."""
    cell = ident(tag)
    known = sample.values(cell, 5_000)
    for sign in (".", "/", ":", "\\", "-", "_"):
        parts = [one.rpartition(sign) for one in known]
        machines, sensors = {head for head, _, _ in parts}, {tail for _, _, tail in parts}
        if all(head and tail for head, _, tail in parts) and len(machines) * len(sensors) <= 1.5 * len(known) + 1:
            if len(machines) >= len(known) > 1:
                continue
            at = f"length({cell}) - strpos(reverse({cell}), {literal(sign)})"
            one = all(text.count(sign) == 1 for text in known)
            head = f"split_part({cell}, {literal(sign)}, 1)" if one else f"left({cell}, {at})"
            tail = f"split_part({cell}, {literal(sign)}, -1)"
            return LongParts(head, tail, ident(value), tuple(sorted(sensors)))
    return LongParts("", cell, ident(value), tuple(known))


def _of_long(known: Meaning, long: LongParts, used: set[str]) -> Meaning:
    sample = known.sample
    where = ""
    for name, facts in sample.columns.items():
        if name in used or not says(name, QUALITY_WORDS) or (facts.is_number and facts.distinct > 5):
            continue
        good = [value for value in sample.values(ident(name), 20) if value.lower() in GOOD_WORDS]
        if good:
            where = f"{ident(name)} = {literal(good[0])}"
    asks = known.asks
    if not long.machine:
        asks = (
            *asks,
            "which machine a reading is of: its tags cannot be divided into machine and sensor, so all are taken "
            "as one "
            "machine; give a tag table (docs/mapping.md, long files) where there are several",
        )
    said = ("one reading a row", *((f"rows of good quality, where {where}",) if where else ()))
    return replace(known, feed=OF_TELEMETRY, long=long, where=where, said=said, asks=asks)
