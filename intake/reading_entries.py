"""Entries of the files with readings, and of what else their rows say: machines and their failures."""

from collections.abc import Iterator, Mapping, Sequence

from ingestion.feeds import BESIDE_SENSORS, RUNS
from intake.draft import ANY_COMPONENT, EntryDraft, base_keys
from intake.meaning import FAILURES, MACHINES, OF_TELEMETRY, Meaning
from intake.names import identifier
from intake.sensors import GAUGE, SensorGuess
from settings.name_clashes import OF_ALL
from warehouse.sql import ident, literal

MOST_SENSORS = 60  # that are proposed unasked: each takes two dozen features


def sensors_of(readings: Sequence[Meaning]) -> dict[str, SensorGuess]:
    """By what the files call them, each with an identifier of its own; the same name is the same sensor.

    All that were found: of more than MOST_SENSORS a person has to choose (`too_many`).
    """
    found: dict[str, SensorGuess] = {}
    taken: set[str] = {*BESIDE_SENSORS, RUNS, *OF_ALL["sensors"]}
    for meaning in readings:
        guesses: Sequence[SensorGuess] = meaning.sensors
        if meaning.long:
            guesses = [
                SensorGuess(identifier(name, default="sensor"), name, name, "", GAUGE, 0, 0)
                for name in meaning.long.names
            ]
        for guess in guesses:
            key = guess.column.lower()
            if key in found:
                continue
            name = identifier(guess.label, taken, "sensor")
            taken.add(name)
            found[key] = SensorGuess(
                name,
                guess.column,
                guess.label,
                guess.unit,
                guess.kind,
                guess.low,
                guess.high,
                guess.states,
                guess.expression,
            )
    return found


def too_many(sensors: Mapping[str, SensorGuess]) -> tuple[str, ...]:
    """The columns of sensors beyond MOST_SENSORS, in order."""
    return tuple(guess.column for guess in sensors.values())[MOST_SENSORS:]


def of_readings(
    meaning: Meaning, machine: str, patterns: tuple[str, ...], told: tuple[str, ...], sensors: Mapping[str, SensorGuess]
) -> Iterator[EntryDraft]:
    """The entries of a group of readings that one expression of the machine holds for."""
    at = meaning.moments.at
    if at is None:
        return
    when = at.expression
    if at.cycles and meaning.machine and _is_numbered(meaning):
        # Staggered, so that units of every age stand beside each other, as in a fleet.
        cycle, unit = ident(at.columns[0]), meaning.machine.expression
        when = f"timestamp '2020-01-01' + to_days(5 * {unit}::int + {cycle}::int)"
    columns: dict[str, str] = {"datetime": when, "machineID": machine}
    keys = base_keys(meaning, patterns)
    if meaning.moments.available:
        columns["available_at"] = meaning.moments.available.expression
    if meaning.long:
        columns["sensor"] = _sensor_names(meaning, sensors)
        keys |= {"columns": columns, "long": {"value": meaning.long.value}}
        if meaning.where:
            keys["where"] = meaning.where
    else:
        for guess in meaning.sensors:
            named = sensors.get(guess.column.lower())
            if named is not None and (guess.expression or named.name.lower() != guess.column.lower()):
                columns[named.name] = guess.expression or ident(guess.column)
        keys["columns"] = columns
    comments = [f"times: {at.words}", *told]
    if at.cycles:
        comments = ["a cycle is taken as a day, and every five days a unit enters service", *told]
    yield EntryDraft(OF_TELEMETRY, keys, tuple(comments), meaning)
    if meaning.attributes:
        what = {"machineID": machine, **meaning.attributes}
        yield EntryDraft(MACHINES, {**base_keys(meaning, patterns), "columns": what}, (), meaning)
    if meaning.flag:
        failed: dict[str, str] = {
            "datetime": when,
            "machineID": machine,
            "failure": meaning.flag.component or literal(ANY_COMPONENT),
        }
        keys = {**base_keys(meaning, patterns), "columns": failed, "where": meaning.flag.where}
        yield EntryDraft(FAILURES, keys, (f"{meaning.flag.column} says in the readings that a machine fails",), meaning)


def _is_numbered(meaning: Meaning) -> bool:
    machine = meaning.machine
    return bool(machine and machine.columns and meaning.sample.columns[machine.columns[0]].is_whole)


def run_to_failure(meaning: Meaning, machine: str, patterns: tuple[str, ...]) -> Iterator[EntryDraft]:
    """Of cycles, a unit may fail after its last one; only a person knows."""
    at, unit = meaning.moments.at, meaning.machine
    if at is None or not at.cycles or unit is None or meaning.flag:
        return
    cycle = ident(at.columns[0])
    days = f"5 * {unit.expression}::int + {cycle}::int" if _is_numbered(meaning) else f"{cycle}::int"
    columns = {
        "datetime": f"timestamp '2020-01-01 12:00' + to_days({days})",
        "machineID": machine,
        "failure": literal(ANY_COMPONENT),
    }
    where = f"{cycle}::int = max({cycle}::int) over (partition by {unit.expression})"
    yield EntryDraft(FAILURES, {**base_keys(meaning, patterns), "columns": columns, "where": where}, (), meaning)


def _sensor_names(meaning: Meaning, sensors: Mapping[str, SensorGuess]) -> str:
    long = meaning.long
    if long is None:
        return ""
    named = [(name, sensors[name.lower()].name) for name in long.names if name.lower() in sensors]
    if all(name.lower() == ours for name, ours in named):
        return long.sensor
    whens = "".join(f" when {literal(name)} then {literal(ours)}" for name, ours in named)
    return f"case {long.sensor}{whens} end"
