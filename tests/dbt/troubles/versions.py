"""Several reports of one reading: repeated, corrected, taken back, or in parts."""

from tests.dbt.troubles.machine import SENSORS, H, Machine


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
