"""Machines that come late, leave, or are silent for days."""

from datetime import timedelta

from tests.dbt.troubles.machine import SENSORS, START, H, Machine


def falls_silent(m: Machine) -> None:
    m.telemetry = m.telemetry[: m.hours // 3]


def starts_late(m: Machine) -> None:
    m.telemetry = m.telemetry[m.hours // 2 :]


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


def unregistered(m: Machine) -> None:
    m.registered = False
