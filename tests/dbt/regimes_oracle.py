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
    edges = _edges(fleet)
    while midnight <= last:
        for readings in telemetry.values():
            believed = current(midnight, readings)
            regimes = {at: _regime(at, believed, edges) for at in _times(believed) if midnight - DAY < at}
            for sensor in fleet.compared_sensors:
                for at, value in believed.get(sensor, {}).items():
                    regime = regimes.get(at)
                    if value is not None and regime:
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
    found, edges = dict(believed), _edges(fleet)
    asked = {at: (_midnight_known(at, bucket), _regime(at, believed, edges) or ()) for at in _times(believed)}
    for sensor in fleet.compared_sensors:
        found[sensor], tens = {}, _tens(sensor, fleet)
        for at, value in believed.get(sensor, {}).items():
            mean, spread = reference.get((*asked[at], sensor), (0.0, 0.0))
            found[sensor][at] = None
            if value is not None and spread:
                apart = (value / tens - mean) / spread
                found[sensor][at] = math.floor(LIKE_SCALE * max(-FARTHEST, min(apart, FARTHEST)) + 0.5)
    return found


def _midnight_known(at: datetime, bucket: timedelta) -> datetime:
    """The last midnight before the reading's bucket."""
    begins = EPOCH - ((EPOCH - at) // bucket) * bucket - bucket
    return EPOCH + (begins - EPOCH) // DAY * DAY


def _times(believed: Believed) -> set[datetime]:
    return {at for values in believed.values() for at in values}


def _edges(fleet: Fleet) -> dict[str, list[int]]:
    """Of each sensor that tells the regime, in steps of its readings."""
    return {sensor: [round(edge * 10 ** fleet.decimals(sensor)) for edge in edges]
            for sensor, edges in fleet.regimes.items()}  # fmt: skip


def _regime(at: datetime, believed: Believed, edges: Mapping[str, list[int]]) -> Regime | None:
    bins = []
    for sensor, steps in edges.items():
        value = believed.get(sensor, {}).get(at)
        if value is None:
            return None
        bins.append(sum(value >= edge for edge in steps))
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
