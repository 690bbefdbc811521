"""Readings among their like: the fleet's mean and spread of a regime up to a midnight, and how far a reading is off."""

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from settings import Fleet
from tests.dbt.believed import EPOCH, Believed, Reading, current

LIKE_SCALE = 10**6
FARTHEST = 10**6  # spreads
DAY = timedelta(days=1)

Regime = tuple[int, ...]
Reference = Mapping[tuple[datetime, Regime, str], tuple[float, float]]  # known at a midnight, in steps


def fleet_reference(telemetry: Mapping[str, list[Reading]], fleet: Fleet) -> Reference:
    """Of all readings of a day as they were known at its end; a regime counts from `min_baseline_readings` on."""
    moments = [reading.at for readings in telemetry.values() for reading in readings]
    if not fleet.regimes:
        return {}
    midnight, last = _midnight_after(min(moments)), _midnight_after(max(moments))
    so_far: dict[tuple[Regime, str], list[int]] = defaultdict(list)
    known: dict[tuple[datetime, Regime, str], tuple[float, float]] = {}
    compared = set(fleet.compared_sensors)
    while midnight <= last:
        for readings in telemetry.values():
            believed = current(midnight, readings)
            regimes = {at: _regime(at, believed, fleet) for at in {at for at, _ in believed} if midnight - DAY < at}
            for (at, sensor), value in believed.items():
                regime = regimes.get(at)
                if sensor in compared and value is not None and regime:
                    so_far[regime, sensor].append(_nine_digits(value, sensor, fleet))
        for (regime, sensor), values in so_far.items():
            if len(values) >= max(fleet.min_baseline_readings, 2):
                n, total = len(values), sum(values)
                deviations = n * sum(value * value for value in values) - total * total
                known[midnight, regime, sensor] = (total / n, math.sqrt(deviations / (n * (n - 1))))
        midnight += DAY
    return known


def among_like(believed: Believed, reference: Reference, bucket: timedelta, fleet: Fleet) -> Believed:
    """The readings of compared sensors as millionths of a spread; None where their regime is not known yet."""
    if not fleet.regimes:
        return believed
    found, regimes = dict(believed), {at: _regime(at, believed, fleet) for at in {at for at, _ in believed}}
    tens = {sensor: _tens(sensor, fleet) for sensor in fleet.compared_sensors}
    for (at, sensor), value in believed.items():
        if sensor not in tens:
            continue
        found[at, sensor] = None
        begins = EPOCH - ((EPOCH - at) // bucket) * bucket - bucket
        mean, spread = reference.get((EPOCH + (begins - EPOCH) // DAY * DAY, regimes[at] or (), sensor), (0.0, 0.0))
        if value is not None and spread:
            apart = (value / tens[sensor] - mean) / spread
            found[at, sensor] = math.floor(LIKE_SCALE * max(-FARTHEST, min(apart, FARTHEST)) + 0.5)
    return found


def _regime(at: datetime, believed: Believed, fleet: Fleet) -> Regime | None:
    bins = []
    for sensor, edges in fleet.regimes.items():
        value = believed.get((at, sensor))
        if value is None:
            return None
        bins.append(sum(value >= round(edge * 10 ** fleet.decimals(sensor)) for edge in edges))
    return tuple(bins)


def _tens(sensor: str, fleet: Fleet) -> int:
    """What the steps of a reading are divided by, so that its range has nine digits."""
    known = fleet.sensors[sensor]
    steps = max(abs(known.min), abs(known.max)) * 10 ** fleet.decimals(sensor)
    return next(10**n for n in range(16) if steps <= 10 ** (9 + n))


def _nine_digits(value: int, sensor: str, fleet: Fleet) -> int:
    return math.floor(value / _tens(sensor, fleet) + 0.5)


def _midnight_after(moment: datetime) -> datetime:
    return EPOCH - ((EPOCH - moment) // DAY) * DAY
