"""Errors and replacements at odd moments, told late or twice, or of codes that nobody knows."""

from datetime import datetime, timedelta

from tests.dbt.troubles.machine import CODES, COMPONENTS, START, H, Machine


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


def events_outside_the_readings(m: Machine) -> None:
    for feed, code in (("errors", "error1"), ("maint", "comp3"), ("failures", "comp3")):
        m.event(feed, START - 500 * H, code)
        m.event(feed, START + (m.hours + 10) * H, code)
