"""Failures: repaired or not, told late or hour by hour, ended or found later."""

from datetime import timedelta

from tests.dbt.troubles.machine import COMPONENTS, START, H, Machine


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
