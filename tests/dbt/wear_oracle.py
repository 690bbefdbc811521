"""How far each gauge has come since its machine, or its component, was new, and what it rises by: moment by moment."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from settings import Fleet
from tests.dbt.believed import EPOCH, Believed, Reading, current, mean_of, sd_of, with_held, within
from tests.dbt.dbt_kit import Row
from tests.dbt.regimes_oracle import LIKE_SCALE, Reference, among_like

SECOND = timedelta(seconds=1)


def bucket_of(fleet: Fleet) -> timedelta:
    """The widest step on whose edges snapshots, windows, baseline and the time of being new lie."""
    edges = (fleet.snapshot_every_hours, fleet.scoring_hour, fleet.baseline_hours, fleet.new_hours)
    return timedelta(hours=math.gcd(*fleet.windows_hours, *edges))


@dataclass(frozen=True)
class Machine:
    """Its readings, and the fleet's that they are compared with."""

    readings: list[Reading]
    reference: Reference
    fleet: Fleet
    said: dict[datetime, Believed] = field(default_factory=dict)
    among: dict[datetime, Believed] = field(default_factory=dict)

    def said_at(self, as_of: datetime) -> Believed:
        """As windows count readings, those of a sensor on change at every step."""
        if as_of not in self.said:
            self.said[as_of] = with_held(current(as_of, self.readings), as_of, self.fleet)
        return self.said[as_of]

    def believed_at(self, as_of: datetime) -> Believed:
        """The same of every sensor; what is compared within regimes as what it is among its like."""
        if as_of not in self.among:
            among = among_like(self.said_at(as_of), self.reference, bucket_of(self.fleet), self.fleet)
            self.among[as_of] = {sensor: among.get(sensor, {}) for sensor in self.fleet.sensors}
        return self.among[as_of]

    def scale(self, sensor: str) -> int:
        """How many steps make one unit of what is compared."""
        return LIKE_SCALE if sensor in self.fleet.compared_sensors else 10 ** self.fleet.decimals(sensor)


def like_features(as_of: datetime, machine: Machine) -> Row:
    """What is made otherwise where there are regimes: the shift, and the mean among the like."""
    now, fleet = machine.believed_at(as_of), machine.fleet
    longest = as_of - timedelta(hours=max(fleet.windows_hours))
    row: Row = {}
    for sensor in fleet.compared_sensors:
        normal = within(now[sensor], as_of - timedelta(hours=fleet.baseline_hours), longest)
        enough = len(normal) >= fleet.least_baseline_readings
        level, spread = (mean_of(normal, LIKE_SCALE), sd_of(normal, LIKE_SCALE)) if enough else (None, None)
        for hours in fleet.windows_hours:
            mean = mean_of(within(now[sensor], as_of - timedelta(hours=hours), as_of), LIKE_SCALE)
            row[f"{sensor}_like_mean_{hours}h"] = mean
            row[f"{sensor}_shift_{hours}h"] = _apart(mean, level, spread)
    return row


def wear_features(as_of: datetime, machine: Machine, entered: datetime, replaced: list[tuple[datetime, str]]) -> Row:
    """`entered`: when the machine's life began; `replaced`: of what is known of replacements, when and what."""
    fleet = machine.fleet
    row: Row = {}
    for sensor in fleet.sensors_of("gauge"):
        scale = machine.scale(sensor)
        start = _new_from(sensor, entered, replaced, fleet)
        until = min(as_of, start + timedelta(hours=fleet.new_hours))
        values = within(machine.believed_at(until)[sensor], start, until)
        enough = len(values) >= fleet.least_new_readings
        level, spread = (mean_of(values, scale), sd_of(values, scale)) if enough else (None, None)
        for hours in fleet.windows_hours:
            now = machine.believed_at(as_of)[sensor]
            mean = mean_of(within(now, as_of - timedelta(hours=hours), as_of), scale)
            row[f"{sensor}_wear_{hours}h"] = _apart(mean, level, spread)
    return row


def slope_features(as_of: datetime, machine: Machine) -> Row:
    """By least squares about the means, in whole numbers up to the division."""
    now, fleet = machine.believed_at(as_of), machine.fleet
    row: Row = {}
    for sensor in fleet.sensors_of("gauge"):
        for hours in fleet.slopes_hours:
            first = as_of - timedelta(hours=hours)
            said = {at: value for at, value in now[sensor].items() if first < at <= as_of}
            points = [((at - EPOCH) // SECOND, value) for at, value in said.items() if value is not None]
            row[f"{sensor}_slope_{hours}h"] = _slope(points, machine.scale(sensor))
    return row


def moved_features(as_of: datetime, machine: Machine) -> Row:
    """What the shift is made of, before it is divided by the spread."""
    now, fleet = machine.believed_at(as_of), machine.fleet
    longest = as_of - timedelta(hours=max(fleet.windows_hours))
    row: Row = {}
    for sensor in fleet.sensors_of("gauge") if fleet.moved_hours else ():
        scale = machine.scale(sensor)
        normal = within(now[sensor], as_of - timedelta(hours=fleet.baseline_hours), longest)
        level = mean_of(normal, scale) if len(normal) >= fleet.least_baseline_readings else None
        for hours in fleet.moved_hours:
            mean = mean_of(within(now[sensor], as_of - timedelta(hours=hours), as_of), scale)
            row[f"{sensor}_moved_{hours}h"] = None if mean is None or level is None else mean - level
    return row


def _apart(mean: float | None, level: float | None, spread: float | None) -> float | None:
    return (mean - level) / spread if mean is not None and level is not None and spread else None


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
