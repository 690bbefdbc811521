"""Fleets nobody thought of: every machine with its own mixture of troubles, all of them small.

Hypothesis draws which troubles meet (and shrinks by leaving machines and troubles out); the rows follow from a seed.
"""

import random

from hypothesis import strategies as st

from tests.dbt.dbt_kit import Drops, as_drops
from tests.dbt.troubles.events import (
    errors_anywhere,
    errors_on_the_grid,
    errors_reported_late_and_twice,
    events_outside_the_readings,
    planned_replacements,
    replacements_reported_late,
    unknown_codes,
)
from tests.dbt.troubles.failures import (
    failure_reported_late,
    failures_off_the_hour,
    failures_repaired,
    failures_two_at_once,
    found_later,
    stated_ends,
    status_rows,
)
from tests.dbt.troubles.lives import comes_back, falls_silent, sold, starts_late, unregistered
from tests.dbt.troubles.machine import START, H, Machine, Trouble
from tests.dbt.troubles.readings import (
    constant_sensor,
    dead_sensor,
    gaps,
    late_rows,
    missing_cells,
    odd_values,
    off_the_hour,
    one_reading,
    only_on_edges,
    sentinels,
)
from tests.dbt.troubles.versions import (
    a_sensor_a_row,
    corrections,
    duplicates,
    partial_corrections,
    silent_corrections,
    twice_with_times,
    two_systems,
)

NAMES = (
    "1", "10", "007", "O'Brien", 'say "hi"', "'; drop table raw.telemetry; --", "<b>&amp;</b>", "a,b", "Größe 5 µ",
    "機械", "null", "{{ 1 }}", "%s", "a\\b", "x" * 200, "1.0",
)  # fmt: skip
TROUBLES: tuple[Trouble, ...] = (
    missing_cells, dead_sensor, constant_sensor, odd_values, only_on_edges, gaps, one_reading, falls_silent,
    starts_late, off_the_hour, late_rows, duplicates, twice_with_times, corrections, silent_corrections,
    errors_anywhere, errors_on_the_grid, errors_reported_late_and_twice, unknown_codes, planned_replacements,
    replacements_reported_late, failures_repaired, failures_two_at_once, failures_off_the_hour, failure_reported_late,
    events_outside_the_readings, unregistered, two_systems, a_sensor_a_row, partial_corrections, sentinels,
    comes_back, sold, status_rows, stated_ends, found_later,
)  # fmt: skip


def make_fleet(troubles: list[list[int]], hours: int, seed: int) -> Drops:
    """One machine for each list of numbers of TROUBLES, `hours` of hourly telemetry, corrections in a second file."""
    machines = [_machine(number, hours, seed, chosen) for number, chosen in enumerate(troubles)]
    feeds = {
        feed: [row for machine in machines for row in getattr(machine, feed)]
        for feed in ("telemetry", "errors", "maint", "failures")
    }
    feeds["machines"] = [
        {"machineID": machine.name, "model": f"model{number % 3}", "age": number, **machine.service}
        for number, machine in enumerate(machines)
        if machine.registered
    ]
    drops = as_drops(feeds)
    drops["PdM_telemetry_later.csv"] = [row for machine in machines for row in machine.later]
    return drops


def _machine(number: int, hours: int, seed: int, chosen: list[int]) -> Machine:
    chance = random.Random(f"{seed} {number}")
    name = NAMES[number % len(NAMES)] + ("" if number < len(NAMES) else f" {number}")
    machine = Machine(name, hours, chance, [], [], [], [], [])
    machine.telemetry = [
        {
            "datetime": START + hour * H,
            "machineID": name,
            "volt": round(chance.gauss(170, 15), 6),
            "rotate": round(chance.gauss(446, 52), 3),
            "pressure": round(chance.gauss(100, 11), 6),
            "vibration": round(chance.gauss(40, 5), 1),
        }
        for hour in range(hours)
    ]
    for trouble in sorted(set(chosen)):
        TROUBLES[trouble](machine)
    return machine


def fleets(machines: int, hours: int) -> st.SearchStrategy[Drops]:
    """Fleets of up to `machines` machines, each with up to six troubles, and one with none, so that there is data."""
    trouble = st.lists(st.integers(0, len(TROUBLES) - 1), max_size=6)
    many = st.lists(trouble, min_size=machines, max_size=machines)
    return st.builds(lambda troubles, seed: make_fleet([[], *troubles], hours, seed), many, st.integers(0, 2**32))


def golden_fleet() -> Drops:
    """Every trouble alone, once, and a few pairs that met badly: always the same rows."""
    alone = [[number] for number in range(len(TROUBLES))]
    named = {trouble.__name__: number for number, trouble in enumerate(TROUBLES)}
    pairs = [("late_rows", "corrections"), ("off_the_hour", "late_rows"), ("gaps", "corrections")]
    pairs += [("partial_corrections", "corrections"), ("a_sensor_a_row", "partial_corrections")]
    pairs += [("comes_back", "late_rows"), ("comes_back", "errors_anywhere"), ("sold", "comes_back")]
    pairs += [("status_rows", "stated_ends"), ("status_rows", "comes_back"), ("sold", "failures_repaired")]
    pairs += [("found_later", "stated_ends"), ("found_later", "planned_replacements"), ("found_later", "comes_back")]
    pairs += [("sentinels", "partial_corrections"), ("sentinels", "late_rows")]
    pairs += [("planned_replacements", "failures_repaired"), ("starts_late", "errors_anywhere")]
    return make_fleet([[], *alone, *([named[name] for name in pair] for pair in pairs)], hours=150, seed=1)
