"""Which columns are sensors, of which kind, and which are none and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingestion.words import MISSING
from intake.machines import MachineColumn
from intake.names import INDEX_WORDS, STATE_WORDS, identifier, label_and_unit, says
from intake.sample import ColumnFacts, Sample
from intake.when import Moments
from warehouse.sql import ident, literal

GAUGE, COUNTER, STATES = "gauge", "counter", "state"
_FALLS = 0.002  # of a counter's steps at most
_LEAST_STEPS = 30
_MOST_STATES = 8


@dataclass(frozen=True)
class SensorGuess:
    """A sensor: its identifier, the column, and what its values are like.

    states: of a state in words, each word to its number. expression: what makes its value; empty for the column itself.
    """

    name: str
    column: str
    label: str
    unit: str
    kind: str
    low: float
    high: float
    states: dict[str, int] = field(default_factory=dict)
    expression: str = ""


@dataclass(frozen=True)
class FoundSensors:
    """The sensors, and the columns that are none, each with the reason."""

    sensors: list[SensorGuess]
    left_out: list[tuple[str, str]]


def find_sensors(sample: Sample, moments: Moments, machine: MachineColumn | None, taken: set[str]) -> FoundSensors:
    """Of all columns but those `taken`."""
    out = FoundSensors([], [])
    names: set[str] = {"datetime", "machineid", "available_at", "running"}
    for name, facts in sample.columns.items():
        if name in taken:
            continue
        why = _why_none(sample, facts, machine)
        if why:
            out.left_out.append((name, why))
            continue
        guess = _guess(sample, facts, moments, machine, names)
        if guess is None:
            out.left_out.append((name, "is text"))
            continue
        names.add(guess.name)
        out.sensors.append(guess)
    return out


def is_index(sample: Sample, name: str) -> bool:
    """Whether the column numbers the rows, or names each of them."""
    facts = sample.columns[name]
    counts = facts.distinct >= 0.98 * facts.filled and facts.filled > 10
    unnamed = name.startswith("column") and facts.is_whole
    one_step = False
    if facts.is_whole and (unnamed or says(name, INDEX_WORDS)):
        found = sample.one(
            "count(*) filter (d = 1), count(d)",
            f"(select {ident(name)}::double - lag({ident(name)}::double) over (partition by _file order by _row) as d "
            f"from {sample.table})",
        )
        one_step = bool(found[1]) and found[0] == found[1]
    return (counts and says(name, INDEX_WORDS)) or one_step


def _why_none(sample: Sample, facts: ColumnFacts, machine: MachineColumn | None) -> str:
    if facts.is_empty:
        return "is empty, or nearly"
    if facts.is_time:
        return "is a time"
    if is_index(sample, facts.name):
        return "numbers the rows"
    if facts.distinct == 1 and facts.rows > 20:
        return "never changes"
    twin = facts.name.removesuffix("_normalized") + "_raw"
    if facts.name.endswith("_normalized") and twin in sample.columns and not sample.columns[twin].is_empty:
        return f"is {twin} in another scale"
    if (
        machine
        and machine.columns
        and facts.is_number
        and facts.distinct > 1
        and _is_of_machine(sample, machine, facts)
    ):
        return "is the same on all rows of a machine"
    return ""


def _is_of_machine(sample: Sample, machine: MachineColumn, facts: ColumnFacts) -> bool:
    [found] = sample.con.execute(
        f"""select max(kinds), avg(rows), count(*) from (select count(distinct {ident(facts.name)}) as kinds,
        count(*) as rows
        from {sample.table} where {ident(facts.name)} is not null group by {machine.expression})"""
    ).fetchall()
    return bool(found[0] == 1) and float(found[1] or 0) >= 5 and int(found[2]) > 1


def _guess(
    sample: Sample, facts: ColumnFacts, moments: Moments, machine: MachineColumn | None, names: set[str]
) -> SensorGuess | None:
    label, unit = label_and_unit(facts.name)
    name = identifier(label, names, "sensor")
    if _is_measured(facts) and facts.low is not None and facts.high is not None:
        kind = COUNTER if _only_grows(sample, facts, moments, machine) else GAUGE
        if says(facts.name, STATE_WORDS) and facts.is_whole and facts.distinct <= _MOST_STATES and facts.low >= 0:
            whole = f"try_cast(try_cast({ident(facts.name)} as double) as bigint)"  # words among them say nothing
            states = {f"state_{number}": number for number in sorted(map(int, sample.values(whole, 20)))}
            if len(states) > 1:
                return SensorGuess(
                    name, facts.name, label, unit, STATES, min(states.values()), max(states.values()), states
                )
        return SensorGuess(name, facts.name, label, unit, kind, facts.low, facts.high)
    words = [word for word in sample.values(ident(facts.name), _MOST_STATES + 1) if word.lower() not in MISSING]
    if not facts.numbers and 2 <= len(words) <= _MOST_STATES and facts.filled > 4 * len(words) and not _is_note(words):
        return _of_words(facts, name, label, words)
    return None


def _is_measured(facts: ColumnFacts) -> bool:
    """Whether its cells are numbers, some words among them."""
    return facts.is_number or (facts.numbers > 0 and facts.numbers + facts.words >= 0.5 * facts.filled)


def _of_words(facts: ColumnFacts, name: str, label: str, words: Sequence[str]) -> SensorGuess:
    states: dict[str, int] = {}
    whens = ""
    for number, word in enumerate(sorted(words)):
        states[identifier(word, states, "state")] = number
        whens += f" when {literal(word)} then {number}"
    made = f"case {ident(facts.name)}{whens} end"
    return SensorGuess(name, facts.name, label, "", STATES, 0, len(words) - 1, states, made)


def _is_note(words: Sequence[str]) -> bool:
    return max(map(len, words)) > 30


def _only_grows(sample: Sample, facts: ColumnFacts, moments: Moments, machine: MachineColumn | None) -> bool:
    """Whether whole numbers never fall, and rise, from one reading of a machine to the next."""
    if not facts.is_whole or moments.at is None or facts.low is None or facts.low < 0 or facts.distinct < 3:
        return False
    of_one = f"partition by {machine.expression}" if machine and machine.columns else ""
    number = f"try_cast({ident(facts.name)} as double)"
    [(steps, falls, rises)] = sample.con.execute(
        f"""select count(d), count(*) filter (d < 0), count(*) filter (d > 0) from (
            select {number} - lag({number}) over ({of_one} order by try({moments.at.expression})) as d
            from {sample.table}
        )"""
    ).fetchall()
    return bool(steps >= _LEAST_STEPS and falls <= _FALLS * steps and rises >= 3)
