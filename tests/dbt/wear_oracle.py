"""How far each gauge has come since its machine, or the component that it tells of, was new: one moment at a time."""

import math
from datetime import datetime, timedelta

from settings import Fleet
from tests.dbt.believed import EPOCH, Reading, current, mean_of, sd_of, with_held, within
from tests.dbt.dbt_kit import Row


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


def _new_from(sensor: str, entered: datetime, replaced: list[tuple[datetime, str]], fleet: Fleet) -> datetime:
    """From the edge before a machine's first reading; from the one at or after a replacement."""
    edge = bucket_of(fleet)
    moments = [at for at, code in replaced if code == fleet.sensors[sensor].component]
    start = _edge_after(entered, edge) - edge
    return max([start, *(_edge_after(max(moments), edge) for _ in moments[:1])])


def _edge_after(moment: datetime, edge: timedelta) -> datetime:
    """The first edge at or after the moment."""
    return EPOCH - ((EPOCH - moment) // edge) * edge
