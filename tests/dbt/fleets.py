"""Fleets nobody thought of: every machine with its own mixture of troubles, all of them small.

Hypothesis draws which troubles meet (and shrinks by leaving machines and troubles out); the rows follow from a seed.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.dbt.dbt_kit import Drops, Row, as_drops

START = datetime(2024, 12, 30, 4)
SENSORS = ("volt", "rotate", "pressure", "vibration")
CODES = ("error1", "error2", "error3", "error4", "error5")
COMPONENTS = ("comp1", "comp2", "comp3", "comp4")
NAMES = (
    "1", "10", "007", "O'Brien", 'say "hi"', "'; drop table raw.telemetry; --", "<b>&amp;</b>", "a,b", "Größe 5 µ",
    "機械", "null", "{{ 1 }}", "%s", "a\\b", "x" * 200, "1.0",
)  # fmt: skip
H = timedelta(hours=1)


@dataclass
class Machine:
    """A machine's rows as they grow; `later` holds telemetry that comes with the second file."""

    name: str
    hours: int
    chance: random.Random
    telemetry: list[Row]
    later: list[Row]
    errors: list[Row]
    maint: list[Row]
    failures: list[Row]
    registered: bool = True
    service: Row = field(default_factory=dict)

    def event(self, feed: str, at: datetime, code: str, known: datetime | None = None, **more: datetime) -> None:
        column = {"errors": "errorID", "maint": "comp", "failures": "failure"}[feed]
        row = {"datetime": at, "machineID": self.name, column: code, "available_at": known, **more}
        getattr(self, feed).append(row)

    def moment(self, beyond: int = 0) -> datetime:
        return START + self.chance.randint(-beyond, self.hours + beyond) * H

    def sample(self, share: float) -> list[Row]:
        return [row for row in self.telemetry if self.chance.random() < share]


Trouble = Callable[[Machine], None]


def gaps(m: Machine) -> None:
    for _ in range(3):
        start = m.moment()
        length = m.chance.choice((1, 5, 30, 60)) * H
        m.telemetry = [row for row in m.telemetry if not start <= row["datetime"] < start + length]


def missing_cells(m: Machine) -> None:
    for row in m.sample(0.2):
        for sensor in m.chance.sample(SENSORS, m.chance.randint(1, 4)):
            row[sensor] = None


def dead_sensor(m: Machine) -> None:
    for row in m.telemetry:
        row["pressure"] = None


def constant_sensor(m: Machine) -> None:
    for row in m.telemetry:
        row["volt"] = 170.1


def odd_values(m: Machine) -> None:
    for row in m.sample(0.1):
        row["rotate"] = m.chance.choice((0, -40.5, 999.999999, 0.000001))


def sentinels(m: Machine) -> None:
    """Values outside the sensors' ranges and on their ends, also as corrections, and in every cell of a row."""
    for row in m.sample(0.1):
        for sensor in m.chance.sample(SENSORS, m.chance.choice((1, 2, 4))):
            row[sensor] = m.chance.choice((-9999, 1e9, 99_999.999999, -0.000001, 0, 150))
    for row in m.sample(0.1):
        m.later.append(
            {**row, "volt": m.chance.choice((-9999, 400, 400.000001)), "available_at": row["datetime"] + 5 * H}
        )


def duplicates(m: Machine) -> None:
    m.telemetry += [dict(row) for row in m.sample(0.1)]
    m.later += [dict(row) for row in m.sample(0.1)]


def twice_with_times(m: Machine) -> None:
    """The same values reported again later: one reading, known from its first report."""
    m.later += [{**row, "available_at": row["datetime"] + m.chance.choice((1, 2, 3, 30)) * H} for row in m.sample(0.1)]


def corrections(m: Machine) -> None:
    for row in m.sample(0.2):
        for _ in range(m.chance.randint(1, 3)):
            known = row["datetime"] + m.chance.choice((1, 2, 3, 24, 50)) * H
            value = None if m.chance.random() < 0.2 else round(m.chance.gauss(200, 5), 4)
            m.later.append({**row, "volt": value, "available_at": known})


def silent_corrections(m: Machine) -> None:
    """Corrected without a word on when: the version landed last has it from the start."""
    m.later += [{**row, "vibration": 41.5} for row in m.sample(0.05)]


def two_systems(m: Machine) -> None:
    """Half of the sensors from one system, half from another, in the same file and in a later one."""
    for row in m.sample(0.3):
        half = dict.fromkeys(m.chance.sample(SENSORS, 2))
        other = {**row, **{sensor: None for sensor in SENSORS if sensor not in half}}
        row.update(half)
        m.chance.choice((m.telemetry, m.later)).append(other)


def a_sensor_a_row(m: Machine) -> None:
    rows = m.sample(0.2)
    m.telemetry = [row for row in m.telemetry if row not in rows]
    for row in rows:
        for sensor in m.chance.sample(SENSORS, 4):
            rest = {other: None for other in SENSORS if other != sensor}
            known = m.chance.choice((None, None, row["datetime"] + 2 * H))
            m.telemetry.append({**row, **rest, "available_at": known})


def partial_corrections(m: Machine) -> None:
    """One sensor corrected, set back or removed, each known at a moment of its own; the others are left empty."""
    for row in m.sample(0.2):
        for _ in range(m.chance.randint(1, 3)):
            sensor = m.chance.choice(SENSORS)
            value = m.chance.choice(("removed", row[sensor], round(m.chance.gauss(100, 5), 4)))
            known = m.chance.choice((None, row["datetime"] + m.chance.choice((0, 1, 3, 24)) * H))
            m.later.append({**row, **dict.fromkeys(SENSORS), sensor: value, "available_at": known})


def late_rows(m: Machine) -> None:
    for row in m.sample(0.3):
        row["available_at"] = row["datetime"] + m.chance.choice((0.25, 0.5, 1, 2, 3, 7, 24, 47, 90)) * H


def off_the_hour(m: Machine) -> None:
    for row in m.telemetry:
        row["datetime"] += timedelta(microseconds=m.chance.choice((-1, 1, 0, -30_000_000, 1_799_000_000)))


def only_on_edges(m: Machine) -> None:
    m.telemetry = [row for row in m.telemetry if row["datetime"].hour % 3 == 0]


def one_reading(m: Machine) -> None:
    m.telemetry = m.telemetry[m.hours // 2 : m.hours // 2 + 1]


def falls_silent(m: Machine) -> None:
    m.telemetry = m.telemetry[: m.hours // 3]


def starts_late(m: Machine) -> None:
    m.telemetry = m.telemetry[m.hours // 2 :]


def errors_anywhere(m: Machine) -> None:
    for _ in range(15):
        m.event("errors", m.moment(60) + timedelta(seconds=m.chance.choice((0, 0, 1, 1799))), m.chance.choice(CODES))


def errors_on_the_grid(m: Machine) -> None:
    for day in range(1, 8):
        for hour in (0, 3, 6):
            m.event("errors", datetime(2025, 1, day, hour), m.chance.choice(CODES))


def errors_reported_late_and_twice(m: Machine) -> None:
    for _ in range(10):
        at, code = m.moment(), m.chance.choice(CODES)
        m.event("errors", at, code, at + m.chance.choice((1, 3, 20, 60)) * H)
        m.event("errors", at, code, at + m.chance.choice((0, 2, 30)) * H)


def unknown_codes(m: Machine) -> None:
    for _ in range(5):
        m.event("errors", m.moment(), "error'99")
        m.event("maint", m.moment(), "gear box")
        m.event("failures", m.moment(), "gear box")


def planned_replacements(m: Machine) -> None:
    for _ in range(6):
        m.event("maint", m.moment(80) + timedelta(seconds=m.chance.choice((0, 0, 59))), m.chance.choice(COMPONENTS))


def replacements_reported_late(m: Machine) -> None:
    for _ in range(4):
        at = m.moment(20)
        m.event("maint", at, m.chance.choice(COMPONENTS), at + m.chance.choice((1, 6, 49)) * H)


def failures_repaired(m: Machine) -> None:
    for hours in (-1, 0, 1, 24, 25):
        at, comp = m.moment(20), m.chance.choice(COMPONENTS)
        m.event("failures", at, comp)
        m.event("maint", at + hours * H, comp)


def failures_two_at_once(m: Machine) -> None:
    at = START.replace(hour=6) + m.chance.randint(0, m.hours // 24) * 24 * H
    for component in m.chance.sample(COMPONENTS, 2):
        m.event("failures", at, component)
    m.event("maint", at, COMPONENTS[0])


def failures_off_the_hour(m: Machine) -> None:
    for _ in range(3):
        m.event("failures", m.moment() + timedelta(microseconds=m.chance.choice((-1, 1, 59_000_000))), "comp1")


def failure_reported_late(m: Machine) -> None:
    at = m.moment()
    m.event("failures", at, "comp2", at + 40 * H)


def events_outside_the_readings(m: Machine) -> None:
    for feed, code in (("errors", "error1"), ("maint", "comp3"), ("failures", "comp3")):
        m.event(feed, START - 500 * H, code)
        m.event(feed, START + (m.hours + 10) * H, code)


def comes_back(m: Machine) -> None:
    """Days of silence, once or twice, with an empty row or none in between, and a row before each that comes late."""
    for share in m.chance.sample((0.1, 0.5), m.chance.choice((1, 2))):
        first = int(share * m.hours)
        silence = range(first, first + m.chance.choice((24, 40, 49, 60)))
        kept = [row for row in m.telemetry if (row["datetime"] - START) // H not in silence]
        if m.chance.random() < 0.5:
            empty = {"datetime": START + (first + 30) * H, "machineID": m.name, **dict.fromkeys(SENSORS)}
            kept.append(empty)
        m.telemetry = kept


def sold(m: Machine) -> None:
    """In service from or until a moment, or both, as the register says; readings go on, or end there."""
    first, last = sorted(m.moment(10) + timedelta(minutes=m.chance.choice((0, 0, 30))) for _ in range(2))
    both = {"in_service_from": first, "in_service_until": last}
    m.service = m.chance.choice(({"in_service_until": last}, {"in_service_from": first}, both))
    if m.chance.random() < 0.5:
        m.telemetry = [row for row in m.telemetry if row["datetime"] < last] or m.telemetry[:1]


def status_rows(m: Machine) -> None:
    """An outage told again and again, some of it late, with a repair before, at, after or never."""
    for _ in range(2):
        at, component = m.moment(10), m.chance.choice(COMPONENTS)
        apart = m.chance.choice((1, 4, 5, 6))
        for number in range(m.chance.choice((2, 8))):
            told = at + number * apart * H
            m.event("failures", told, component, m.chance.choice((None, None, told + 3 * H, told + 30 * H)))
        for hours in m.chance.sample((0, 1, 5, 24, 30, 55, 56), m.chance.choice((0, 1, 2))):
            repaired = at + hours * H
            m.event("maint", repaired, component, m.chance.choice((None, repaired + 7 * H)))


def stated_ends(m: Machine) -> None:
    """Outages with an end, known at once or in a second report, before, at or after the next; some are nonsense."""
    at, component = m.moment(), m.chance.choice(COMPONENTS)
    for _ in range(4):
        hours = m.chance.choice((-1, 0, 0.5, 2, 9))
        end = at + hours * H
        if m.chance.random() < 0.5:
            m.event("failures", at, component)
            m.event("failures", at, component, max(end, at) + m.chance.choice((0, 2, 20)) * H, ended_at=end)
        else:
            m.event("failures", at, component, ended_at=end)
        if m.chance.random() < 0.4:
            m.event("maint", end + m.chance.choice((0, 1, 24, 25)) * H, component)
        at = max(at + H, end + m.chance.choice((-1, 0, 1, 3, 30)) * H)
    begun = START + 12 * H  # long over when, as late as may be, it is repaired
    m.event("failures", begun, COMPONENTS[-1], ended_at=begun + 2 * H)
    m.event("maint", begun + 26 * H, COMPONENTS[-1])


def found_later(m: Machine) -> None:
    """Failures that were found hours or days after they may have happened, on and off the grid.

    Two at once, across a planned replacement, at one moment, known to work only after it, told in a second report.
    """
    for _ in range(3):
        at, component = m.moment(20), m.chance.choice(COMPONENTS)
        good = at - m.chance.choice((0, 1, 6, 7.5, 12, 24, 24, 25, 60, -2, 9000)) * H
        if m.chance.random() < 0.3:
            m.event("failures", at, component)
            m.event("failures", at, component, at + m.chance.choice((0, 3, 30)) * H, known_good_at=good)
        else:
            m.event("failures", at, component, m.chance.choice((None, at + 9 * H)), known_good_at=good)
        if m.chance.random() < 0.4:
            m.event("failures", at, m.chance.choice(COMPONENTS), known_good_at=at - m.chance.choice((0, 3, 24)) * H)
        if m.chance.random() < 0.6:
            m.event("maint", at - m.chance.choice((0, 3, 12, 26)) * H, component)
        if m.chance.random() < 0.3:
            again = at + m.chance.choice((3, 6, 30)) * H
            m.event("failures", again, component, known_good_at=again - m.chance.choice((3, 6, 48)) * H)


def unregistered(m: Machine) -> None:
    m.registered = False


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
