"""How far each gauge has come since its machine, or its component, was new, and what it rises by: moment by moment."""

import math
from datetime import datetime, timedelta
from fractions import Fraction

from settings import Fleet
from tests.dbt.believed import EPOCH, Reading, current, mean_of, sd_of, with_held, within
from tests.dbt.dbt_kit import Row

SECOND = timedelta(seconds=1)


def bucket_of(fleet: Fleet) -> timedelta:
    """The widest step on whose edges snapshots, windows, baseline and the time of being new lie."""
    edges = (fleet.snapshot_every_hours, fleet.scoring_hour, fleet.baseline_hours, fleet.new_hours)
    return timedelta(hours=math.gcd(*fleet.windows_hours, *edges))


def wear_features(
    as_of: datetime, readings: list[Reading], entered: datetime, replaced: list[tuple[datetime, str]], fleet: Fleet
) -> Row:
    """`entered`: when the machine's life began; `replaced`: of what is known of replacements, when and what."""
    now = with_held(current(as_of, readings), as_of, fleet)
    then = {}
    row: Row = {}
    for sensor in fleet.sensors_of("gauge"):
        scale = 10 ** fleet.decimals(sensor)
        start = _new_from(sensor, entered, replaced, fleet)
        until = min(as_of, start + timedelta(hours=fleet.new_hours))
        if until not in then:
            then[until] = with_held(current(until, readings), until, fleet)
        values = within(then[until], sensor, start, until)
        enough = len(values) >= fleet.least_new_readings
        level, spread = (mean_of(values, scale), sd_of(values, scale)) if enough else (None, None)
        for hours in fleet.windows_hours:
            mean = mean_of(within(now, sensor, as_of - timedelta(hours=hours), as_of), scale)
            known = mean is not None and level is not None and spread
            row[f"{sensor}_wear_{hours}h"] = (mean - level) / spread if known else None
    return row


def slope_features(as_of: datetime, readings: list[Reading], fleet: Fleet) -> Row:
    """By least squares about the means, in whole numbers up to the division."""
    now = with_held(current(as_of, readings), as_of, fleet)
    row: Row = {}
    for sensor in fleet.sensors_of("gauge"):
        for hours in fleet.slopes_hours:
            first = as_of - timedelta(hours=hours)
            said = {at: value for (at, of), value in now.items() if of == sensor and first < at <= as_of}
            points = [((at - EPOCH) // SECOND, value) for at, value in said.items() if value is not None]
            row[f"{sensor}_slope_{hours}h"] = _slope(points, 10 ** fleet.decimals(sensor))
    return row


def _slope(points: list[tuple[int, int]], scale: int) -> float | None:
    n, total = len(points), sum(at for at, _ in points)
    across = sum((n * at - total) ** 2 for at, _ in points)
    if n < 3 or not across:
        return None
    return float(Fraction(3600 * n * sum((n * at - total) * value for at, value in points), across * scale))


def _new_from(sensor: str, entered: datetime, replaced: list[tuple[datetime, str]], fleet: Fleet) -> datetime:
    """From the edge before a machine's first reading; from the one at or after a replacement."""
    edge = bucket_of(fleet)
    moments = [at for at, code in replaced if code == fleet.sensors[sensor].component]
    start = _edge_after(entered, edge) - edge
    return max([start, *(_edge_after(max(moments), edge) for _ in moments[:1])])


def _edge_after(moment: datetime, edge: timedelta) -> datetime:
    """The first edge at or after the moment."""
    return EPOCH - ((EPOCH - moment) // edge) * edge
