"""The feature mart a second time: plain Python over the raw rows, one machine, one moment, one window at a time.

Slow and literal on purpose, and independent of every model: it reads the dropped rows, never the warehouse.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from settings import Fleet
from tests.dbt.believed import OFF, Values, mean_of, sd_of, within
from tests.dbt.dbt_kit import Drops, Row, Table
from tests.dbt.outages_oracle import Outage, repairs
from tests.dbt.raw_rows import FIRST_LOAD, BuiltBefore, Event
from tests.dbt.regimes_oracle import fleet_reference
from tests.dbt.wear_oracle import Machine, like_features, moved_features, slope_features, wear_features
from tests.dbt.what_is_known import Known, Life, Runs, snapshots, what_is_known


def expected_mart(
    drops: Drops, fleet: Fleet, built_before: BuiltBefore = FIRST_LOAD, runs: Runs | None = None
) -> Table:
    """Every row of feature_mart, from the files in the order in which landing takes them.

    `built_before` says of a file of events that is no first load up to when snapshots had been made before it landed;
    `runs`, of a fleet that tells it, whether a row of telemetry says that its machine ran.
    """
    known = what_is_known(drops, fleet, built_before, runs or (lambda row: None))
    register, telemetry, now = known.register, known.telemetry, known.now
    reference = fleet_reference(telemetry, fleet)
    table: Table = {}
    for machine, readings in telemetry.items():
        mine = [events.get(machine, []) for events in (known.errors, known.maint, known.failures)]
        about, worn = register.get(machine, {}), Machine(readings, reference, fleet)
        for as_of, life in snapshots(known.lives[machine], now, fleet):
            row: Row = {"machine_id": machine, "as_of": as_of, "model": about.get("model"), "age": about.get("age")}
            row.update(_label(as_of, known, life, mine[1], known.outages.get(machine, []), fleet))
            row.update(_sensor_features(as_of, worn, fleet, tells_running=runs is not None))
            if fleet.regimes:
                row.update(like_features(as_of, worn))
            if fleet.new_hours:
                replaced = [(event.at, event.code) for event in mine[1] if event.known <= as_of]
                row.update(wear_features(as_of, worn, life.start, replaced))
            row.update(slope_features(as_of, worn) if fleet.slopes_hours else {})
            row.update(moved_features(as_of, worn) if fleet.moved_hours else {})
            row.update(_error_features(as_of, mine[0], fleet))
            row.update(_component_features(as_of, mine[1], mine[2], fleet))
            table[machine, as_of] = row
    return table


def _counter_features(sensor: str, as_of: datetime, said: Values, fleet: Fleet) -> Row:
    scale = 10 ** fleet.decimals(sensor)
    first, longest = as_of - timedelta(hours=fleet.baseline_hours), max(fleet.windows_hours)
    series = sorted((at, value) for at, value in said.items() if value is not None and at > first)
    apart = timedelta(hours=min(longest, fleet.baseline_hours - longest))
    rises = {at: max(value - before, 0) for (earlier, before), (at, value) in pairwise(series) if at - earlier <= apart}
    row: Row = {f"{sensor}_last": series[-1][1] / scale if series else None}
    for hours in fleet.windows_hours:
        start = as_of - timedelta(hours=hours)
        risen = [rise for at, rise in rises.items() if at > start]
        row[f"{sensor}_n_{hours}h"] = len(within(said, start, as_of))
        row[f"{sensor}_increase_{hours}h"] = sum(risen) / scale if risen else None
    return row


def _state_features(sensor: str, as_of: datetime, said: Values, fleet: Fleet) -> Row:
    row: Row = {}
    for hours in fleet.windows_hours:
        values = within(said, as_of - timedelta(hours=hours), as_of)
        row[f"{sensor}_n_{hours}h"] = len(values)
        for state, number in fleet.sensors[sensor].states.items():
            those = values.count(number * 10 ** fleet.decimals(sensor))
            row[f"{sensor}_share_{state}_{hours}h"] = those / len(values) if values else None
    return row


def _sensor_features(as_of: datetime, machine: Machine, fleet: Fleet, tells_running: bool) -> Row:
    believed = machine.said_at(as_of)
    longest = as_of - timedelta(hours=max(fleet.windows_hours))
    row: Row = {}
    if tells_running:
        row |= {
            f"not_running_n_{hours}h": len(within(believed[OFF], as_of - timedelta(hours=hours), as_of))
            for hours in fleet.windows_hours
        }
    for sensor, known in fleet.sensors.items():
        mine = believed.get(sensor, {})
        if known.kind != "gauge":
            features = {"counter": _counter_features, "state": _state_features}[known.kind]
            row |= features(sensor, as_of, mine, fleet)
            continue
        scale = 10 ** fleet.decimals(sensor)
        normal = within(mine, as_of - timedelta(hours=fleet.baseline_hours), longest)
        enough = len(normal) >= fleet.least_baseline_readings
        level, spread = (mean_of(normal, scale), sd_of(normal, scale)) if enough else (None, None)
        row |= {f"{sensor}_baseline_n": len(normal), f"{sensor}_baseline_mean": level, f"{sensor}_baseline_sd": spread}
        for hours in fleet.windows_hours:
            values = within(mine, as_of - timedelta(hours=hours), as_of)
            mean = mean_of(values, scale)
            row[f"{sensor}_n_{hours}h"] = len(values)
            row[f"{sensor}_mean_{hours}h"] = mean
            row[f"{sensor}_sd_{hours}h"] = sd_of(values, scale)
            row[f"{sensor}_min_{hours}h"] = min(values) / scale if values else None
            row[f"{sensor}_max_{hours}h"] = max(values) / scale if values else None
            apart = (mean - level) / spread if mean is not None and level is not None and spread else None
            row[f"{sensor}_shift_{hours}h"] = apart
    return row


def _error_features(as_of: datetime, errors: list[Event], fleet: Fleet) -> Row:
    known = [error for error in errors if error.known <= as_of]
    row: Row = {}
    for hours in fleet.windows_hours:
        recent = [error.code for error in known if error.at > as_of - timedelta(hours=hours)]
        row[f"errors_count_{hours}h"] = len(recent)
        for code in fleet.error_codes:
            row[f"{code}_count_{hours}h"] = recent.count(code)
    for code in fleet.error_codes:
        row[f"{code}_hours_since"] = _hours_since(as_of, known, code)
    return row


def _component_features(as_of: datetime, maint: list[Event], failures: list[Event], fleet: Fleet) -> Row:
    row: Row = {}
    for what, events in (("replacement", maint), ("failure", failures)):
        known = [event for event in events if event.known <= as_of]
        row |= {f"{comp}_hours_since_{what}": _hours_since(as_of, known, comp) for comp in fleet.components}
    return row


def _hours_since(as_of: datetime, events: list[Event], code: str) -> float | None:
    moments = [event.at for event in events if event.code == code]
    return (as_of - max(moments)) / timedelta(hours=1) if moments else None


def _label(as_of: datetime, known: Known, life: Life, maint: list[Event], outages: list[Outage], fleet: Fleet) -> Row:
    until = as_of + timedelta(hours=fleet.horizon_hours)
    names = ["fails_any", *(f"fails_{component}" for component in fleet.components)]
    if any(outage.failed <= as_of < outage.over and outage.known <= known.now for outage in outages):
        return {"label_status": "down", **dict.fromkeys(names)}
    lies = {outage: outage.lies_in(as_of, until) for outage in outages}
    failures = [outage for outage, inside in lies.items() if inside]
    doubtful = [outage for outage, inside in lies.items() if inside is None]
    planned = [event for event in maint if as_of < event.at <= until and not repairs(event, outages, fleet)]
    told = max([known.now, *(outage.dated for outage in failures + doubtful), *(event.known for event in planned)])
    if until + timedelta(hours=fleet.found_within_hours) > known.reaches["failures"] or told > known.now:
        return {"label_status": "pending", **dict.fromkeys(names)}
    failed = {failure.code for failure in failures}
    replaced = {event.code for event in planned} | {outage.code for outage in doubtful}
    left = life.end <= until
    censored = (bool(replaced) or left) and not failed
    row: Row = {
        "label_status": "censored" if censored else "mature",
        "fails_any": None if censored else int(bool(failed)),
    }
    for component in fleet.components:
        row[f"fails_{component}"] = 1 if component in failed else None if component in replaced or left else 0
    return row
