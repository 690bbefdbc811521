"""A register that says from and until when its machines are in service: dates of machines, and no moments of events."""

from intake.machines import MachineColumn
from intake.names import SERVED_FROM_WORDS, SERVED_UNTIL_WORDS, says
from intake.sample import Sample
from intake.times import time_format
from intake.when import Moments

_ONCE = 0.98  # of the rows name another machine


def lists_machines(sample: Sample, machine: MachineColumn | None) -> bool:
    """Whether the rows have a machine each, by a column that is called so."""
    if machine is None or not machine.sure or not machine.columns:
        return False
    facts = sample.columns[machine.columns[0]]
    return facts.filled > 1 and facts.distinct >= _ONCE * facts.filled


def times_of_service(sample: Sample, moments: Moments) -> dict[str, str]:
    """SQL of in_service_from and in_service_until, of columns whose names say so; empty where any time is another."""
    out: dict[str, str] = {}
    for name in moments.used:
        key = "in_service_until" if says(name, SERVED_UNTIL_WORDS) else "in_service_from"
        at = time_format(sample, name, named=True)
        if at is None or key in out or not says(name, SERVED_UNTIL_WORDS | SERVED_FROM_WORDS):
            return {}
        out[key] = at.expression
    return out
