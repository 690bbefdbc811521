"""What each sensor's readings are like: range, flat lines, spikes, values that stand for none, and units."""

from collections.abc import Mapping
from dataclasses import dataclass

from intake.names import says
from intake.sensors import COUNTER, STATES, SensorGuess
from warehouse.connection import Connection
from warehouse.sql import ident

_ROUNDED = 5
_SPIKE = 12  # quartile distances from a machine's median
_FLAT_READINGS = 20


@dataclass(frozen=True)
class SensorFacts:
    """One sensor over all machines. low to high is all that came, usual_low to usual_high 98 % of it.

    flat: machines on which it never changed. longest_flat: readings in a row that were equal. spikes: readings far off
    their machine's median. stands_for_none: a value far off all others that repeats, and how often. remarks: sentences.
    """

    guess: SensorGuess
    readings: int
    share: float
    low: float
    usual_low: float
    median: float
    usual_high: float
    high: float
    machines: int
    flat: int
    longest_flat: int
    spikes: int
    stands_for_none: tuple[float, int] | None
    remarks: tuple[str, ...] = ()


def sensor_facts(con: Connection, sensors: Mapping[str, SensorGuess], rows: int) -> list[SensorFacts]:
    """The facts of each sensor that has a reading; `sensors` by their names in raw_telemetry."""
    out = []
    for name, guess in sensors.items():
        cell = ident(name)
        [(readings, low, high, quantiles)] = con.execute(
            f"select count({cell}), min({cell}), max({cell}), approx_quantile({cell}, [0.01, 0.25, 0.5, 0.75, 0.99]) "
            "from raw_telemetry"
        ).fetchall()
        if not readings:
            continue
        usual_low, first, median, third, usual_high = (float(one) for one in quantiles)
        machines, flat, apart = _by_machine(con, cell)
        none = _stands_for_none(con, cell, float(low), float(high), first, third)
        facts = SensorFacts(
            guess=guess,
            readings=int(readings),
            share=readings / rows,
            low=float(low),
            usual_low=usual_low,
            median=median,
            usual_high=usual_high,
            high=float(high),
            machines=machines,
            flat=flat,
            longest_flat=_longest_flat(con, cell) if guess.kind not in (STATES, COUNTER) else 0,
            spikes=_spikes(con, cell) if guess.kind not in (STATES, COUNTER) else 0,
            stands_for_none=none,
        )
        remarks = tuple(_remarks(facts, apart))
        out.append(SensorFacts(**{**facts.__dict__, "remarks": remarks}))
    return out


def _by_machine(con: Connection, cell: str) -> tuple[int, int, float]:
    """Machines that have it, those on which it never changes, and how many times the largest median is the smallest."""
    [(machines, flat, apart)] = con.execute(
        f"""select count(*), count(*) filter (low = high and n >= {_FLAT_READINGS}),
        max(m) filter (m > 0) / min(m) filter (m > 0)
        from (select machineID, count({cell}) as n, min({cell}) as low, max({cell}) as high,
            approx_quantile({cell}, 0.5) as m from intake_few group by machineID having count({cell}) > 0)"""
    ).fetchall()
    return int(machines), int(flat), float(apart or 1)


def _longest_flat(con: Connection, cell: str) -> int:
    [(longest,)] = con.execute(
        f"""select max(n) from (select count(*) as n from (
            select machineID, {cell} as x, row_number() over (partition by machineID order by datetime)
                - row_number() over (partition by machineID, {cell} order by datetime) as run
            from intake_few where {cell} is not null) group by machineID, x, run)"""
    ).fetchall()
    return int(longest or 0)


def _spikes(con: Connection, cell: str) -> int:
    [(found,)] = con.execute(
        f"""select count(*) from intake_few join (
            select machineID, approx_quantile({cell}, 0.5) as m, approx_quantile({cell}, 0.75) -
            approx_quantile({cell}, 0.25)
                as wide from intake_few group by machineID having count({cell}) > 30) using (machineID)
        where wide > 0 and abs({cell} - m) > {_SPIKE} * wide"""
    ).fetchall()
    return int(found)


def _stands_for_none(
    con: Connection, cell: str, low: float, high: float, first: float, third: float
) -> tuple[float, int] | None:
    """The lowest or the highest value, where it is far off, repeats, and is written as people write such values."""
    wide = max(third - first, abs(third) * 0.01, 1e-9)
    for value in (low, high):
        text = f"{abs(value):.10g}".replace(".", "").strip("0")
        far = value < first - 20 * wide or value > third + 20 * wide
        if far and (set(text) <= {"9"} or abs(value) in (32767, 32768, 65535, 2147483647) or abs(value) >= 1e30):
            [(count,)] = con.execute(f"select count(*) from raw_telemetry where {cell} = {value!r}").fetchall()
            if count >= 2:
                return value, int(count)
    return None


def _remarks(facts: SensorFacts, apart: float) -> list[str]:
    """What looks wrong, in sentences without the sensor's name."""
    out = []
    unit, name = facts.guess.unit.strip().lower(), facts.guess.column
    if facts.stands_for_none:
        value, count = facts.stands_for_none
        out.append(
            f"{value:g} stands {count:,} times and probably for no value: min and max of the proposal leave it outside"
        )
    low = facts.usual_low if facts.stands_for_none else facts.low
    high = facts.usual_high if facts.stands_for_none else facts.high
    temperature = says(name, {"temp", "temperature", "temperatur"})
    if unit in ("%", "percent", "pct") and (low < -1 or high > 110):
        out.append(f"reaches from {low:g} to {high:g} and is said to be in %")
    elif temperature and unit in ("°c", "c", "degc", "") and (low < -80 or high > 2_500):
        out.append(f"reaches from {low:g} to {high:g}, which is no temperature in °C")
    elif temperature and unit == "k" and low < 0:
        out.append("is below 0 K")
    elif (unit in ("bar", "mm/s", "rpm", "1/min") or says(name, {"vibration", "rpm", "speed"})) and low < -0.5 * abs(
        high
    ):
        out.append(f"reaches down to {low:g}, where its unit has nothing below 0")
    if facts.guess.kind not in (COUNTER, STATES) and 90 <= apart <= 2_000 and facts.machines > 1:
        out.append(f"the medians of machines differ by a factor of {apart:,.0f}, so their units may differ")
    if facts.flat and (facts.flat >= 0.05 * facts.machines or facts.machines < 50):
        out.append(f"never changes on {facts.flat:,} of {facts.machines:,} machines")
    elif facts.longest_flat >= 50 and facts.longest_flat > 0.02 * facts.readings / max(facts.machines, 1):
        out.append(f"stays equal for {facts.longest_flat:,} readings in a row")
    if facts.spikes:
        out.append(f"{facts.spikes:,} reading{'s' if facts.spikes > 1 else ''} far off the machine's median")
    if facts.share < 0.5:
        out.append(
            f"is there in {facts.share:.1%} of the rows: of one that tells changes only, on_change_hours says how long "
            "a reading holds"
        )
    return out
