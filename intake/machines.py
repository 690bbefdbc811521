"""Which column names the machine of a row: by its name, and by what its values do beside the times."""

from dataclasses import dataclass

from intake.names import MACHINE_WORDS, says, words_in
from intake.sample import ColumnFacts, Sample
from intake.when import Moments
from warehouse.sql import ident

_SURE = ("machineid", "machine", "asset", "equipment", "serial", "unit", "device", "anlage", "maschine", "equipmentid")
_KEY = 0.9  # of the rows differ in machine and time
_MOST_ROWS = 20_000


@dataclass(frozen=True)
class MachineColumn:
    """SQL that names the machine. `sure`: whether its name says so; `told` is by what it was found."""

    columns: tuple[str, ...]
    expression: str
    sure: bool
    told: str


def find_machine(sample: Sample, moments: Moments, used: set[str]) -> MachineColumn | None:
    """The column of the machine; None where neither names nor values tell one."""
    candidates = [name for name, facts in sample.columns.items() if name not in used and _may_name(facts)]
    named = [name for name in candidates if says(name, MACHINE_WORDS)]
    if named:
        best = min(named, key=lambda name: _rank(sample, name))
        return MachineColumn((best,), ident(best), True, f"{best}, by its name")
    if moments.at is None:
        return None
    found = [name for name in candidates if _is_key(sample, moments, name)]
    if not found:
        return None
    best = min(found, key=lambda name: sample.columns[name].distinct)
    return MachineColumn((best,), ident(best), False, f"{best}, for each of its values comes once at a time")


def _may_name(facts: ColumnFacts) -> bool:
    if not facts.filled or facts.filled < 0.9 * facts.rows or facts.is_time:
        return False
    return not facts.is_number or facts.is_whole


def _rank(sample: Sample, name: str) -> tuple[bool, bool, int]:
    """Ids before names, the surest words first."""
    words = words_in(name)
    return ("name" in words, not words & set(_SURE), list(sample.columns).index(name))


def _is_key(sample: Sample, moments: Moments, name: str) -> bool:
    """Whether its values repeat, and a value and a time are seldom those of two rows, where the time alone is."""
    facts, at = sample.columns[name], moments.at
    if (
        at is None
        or facts.distinct < 2
        or facts.distinct > facts.filled / 3
        or (facts.is_number and facts.distinct > 500)
    ):
        return False
    [found] = sample.con.execute(
        f"""select count(distinct (m, t)) / count(*), count(distinct t) / count(*)
        from (select {ident(name)}::varchar as m, concat_ws(' ', {", ".join(ident(one) for one in at.columns)}) as t
        from {sample.table} limit {_MOST_ROWS})"""
    ).fetchall()
    return float(found[0]) >= _KEY > float(found[1])
