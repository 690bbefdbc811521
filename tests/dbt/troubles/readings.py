"""Readings that lack, lie, come late or come at odd times."""

from datetime import timedelta

from tests.dbt.troubles.machine import SENSORS, H, Machine


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
