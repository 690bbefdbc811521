"""Reasons in words: the strongest contributions with the evidence behind them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ml.explain.contributions import Contribution, contributions
from ml.explain.moments import all_error_words, error_words, event_words, number_in
from ml.explain.reason_record import Reason
from ml.mart.feature_names import (
    ERRORS,
    HOURS_SINCE_FAILURE,
    INCREASE,
    LAST,
    LIKE_MEAN,
    MOVED,
    NOT_RUNNING,
    SHARE_IN,
    SLOPE,
    WEAR,
    Feature,
    baseline_columns,
    counter_levels,
    event_clocks,
    failure_clock,
    feature_name,
    features_of,
    nearest_window,
    parse_feature,
    replacement_clock,
)
from ml.models.model import Model
from ml.wording import age_in_words, hours_in_words, percent
from settings import Fleet

SMALLEST = 0.2  # log-odds that are worth a word: they raise the odds by a fifth
USUAL_SDS = 0.5  # a sensor as near to its baseline as this is where it usually is
DECIMALS = 3


def reasons(model: Model, frame: pd.DataFrame, fleet: Fleet, per_machine: int) -> list[tuple[Reason, ...]]:
    """Per row, what raises the risk most with its evidence, the strongest first; fewer where less is worth a word."""
    told = []
    for ranked, (_, row) in zip(contributions(model, frame, fleet), frame.iterrows(), strict=True):
        chosen = worth_telling(ranked, row, fleet)[:per_machine]
        told.append(tuple(_reason(item, row, fleet) for item in chosen))
    return told


def worth_telling(ranked: Sequence[Contribution], row: "pd.Series[Any]", fleet: Fleet) -> list[Contribution]:
    """Of the contributions those that somebody can act on: they raise the risk, by enough, and each fact is told once.

    A sensor near its own baseline says nothing, and a count of errors nothing beside the code of one.
    """
    raising = [item for item in ranked if item.weight >= SMALLEST and not _is_usual(item, row, fleet)]
    coded = any(item.subject in fleet.error_codes for item in raising)
    return [item for item in raising if not (coded and item.subject == ERRORS)]


def _is_usual(item: Contribution, row: "pd.Series[Any]", fleet: Fleet) -> bool:
    """Whether a gauge would be told by its distance from its baseline, and that is none to speak of."""
    said = parse_feature(item.feature, fleet)
    if said is None or said.subject not in fleet.sensors_of("gauge") or said.stat == "sd":
        return False
    if _own_words(said, row, fleet):
        return False
    shift = number_in(row, feature_name(said.subject, "shift", _window_of(said, fleet)))
    return shift is not None and abs(shift) < USUAL_SDS


def evidence_columns(features: Sequence[str], fleet: Fleet) -> list[str]:
    """The mart's columns that `evidence` may quote for a model of `features`, be they features or not."""
    windows = sorted({_window_of(said, fleet) for said in features_of(features, fleet.sensors, fleet).values()})
    gauges = [feature_name(sensor, stat, window) for sensor in fleet.sensors_of("gauge") for window in windows
              for stat in ("mean", "sd", "shift", *((WEAR,) if fleet.new_hours else ()),
                           *((SLOPE,) if window in fleet.slopes_hours else ()),
                           *((MOVED,) if window in fleet.moved_hours else ()),
                           *((LIKE_MEAN,) if sensor in fleet.compared_sensors else ()))]  # fmt: skip
    gauges += [baseline_columns(sensor)[1] for sensor in fleet.sensors_of("gauge")]
    counters = [feature_name(sensor, INCREASE, window) for sensor in fleet.sensors_of("counter") for window in windows]
    shares = [feature_name(sensor, f"{SHARE_IN}{state}", window) for sensor in fleet.sensors_of("state")
              for window in windows for state in fleet.sensors[sensor].states]  # fmt: skip
    counts = [feature_name(code, "count", window) for code in fleet.error_codes
              for window in sorted({*windows, nearest_window(fleet)})]  # fmt: skip
    return ["model", "age", *gauges, *counter_levels(fleet), *counters, *shares, *event_clocks(fleet), *counts]


def evidence(item: Contribution, row: "pd.Series[Any]", fleet: Fleet) -> str:
    """The subject's state at as_of in words and numbers."""
    said = parse_feature(item.feature, fleet)
    if said is None:
        return _machine_words(row)
    if said.subject in fleet.sensors:
        tell = {"counter": _counter_words, "state": _state_words}.get(fleet.sensors[said.subject].kind, _sensor_words)
        return tell(said, row, fleet)
    if said.subject == NOT_RUNNING:
        return f"{_whole(row[item.feature])} readings in {said.window_hours} h while it did not run"
    if said.subject in fleet.error_codes:
        return error_words(said.subject, row, said.window_hours or nearest_window(fleet), fleet)
    part = fleet.component_label(said.subject)
    if said.subject in fleet.components and said.stat == HOURS_SINCE_FAILURE:
        return event_words(f"{part} failed", row, failure_clock(said.subject), "not on record")
    if said.subject in fleet.components:
        return event_words(f"{part} replaced", row, replacement_clock(said.subject), "date unknown")
    return all_error_words(row, _window_of(said, fleet), fleet)


def _reason(item: Contribution, row: "pd.Series[Any]", fleet: Fleet) -> Reason:
    return Reason(item.subject, item.weight > 0, round(item.weight, DECIMALS), evidence(item, row, fleet))


def _machine_words(row: "pd.Series[Any]") -> str:
    model, age = row["model"], row["age"]
    if pd.isna(model) and pd.isna(age):
        return "model and age unknown"
    old = "? years old" if pd.isna(age) else age_in_words(float(age))
    return f"{'model unknown' if pd.isna(model) else model}, {old}"


def _sensor_words(said: Feature, row: "pd.Series[Any]", fleet: Fleet) -> str:
    sensor, window = said.subject, _window_of(said, fleet)
    mean, shift, spread = (number_in(row, feature_name(sensor, stat, window)) for stat in ("mean", "shift", "sd"))
    if mean is None:
        return f"{fleet.sensor_label(sensor)} has no reading in {window} h"
    words = f"{fleet.sensor_label(sensor)} {window} h mean {mean:.1f} {fleet.sensors[sensor].unit}".rstrip()
    if said.stat == "sd" and spread is not None:
        usual = number_in(row, baseline_columns(sensor)[1])
        words += f", sd {spread:.1f}" + ("" if usual is None else f" where {usual:.1f} is usual")
        if shift is not None and abs(shift) < USUAL_SDS:  # it is the spread that speaks
            return words
    if own := _own_words(said, row, fleet):
        return f"{words}, {own}"
    return words if shift is None else f"{words}, {_apart(shift)} its baseline"


def _own_words(said: Feature, row: "pd.Series[Any]", fleet: Fleet) -> str:
    """Of a gauge's feature that is not told by its shift: its value in words, or "" where it has none."""
    sensor, value = said.subject, number_in(row, feature_name(said.subject, said.stat, said.window_hours))
    if value is None:
        return ""
    unit = f" {'sd' if sensor in fleet.compared_sensors else fleet.sensors[sensor].unit}".rstrip()
    if said.stat == MOVED:
        return f"{abs(value):.3g}{unit} {'above' if value >= 0 else 'below'} its baseline"
    if said.stat == SLOPE:
        return f"{'rising' if value >= 0 else 'falling'} {abs(value):.3g}{unit} an hour"
    if said.stat == WEAR:
        part = fleet.sensors[sensor].component
        return f"{_apart(value)} what it was with {fleet.component_label(part) if part else 'the machine'} new"
    if said.stat == LIKE_MEAN:
        return f"{_apart(value)} the fleet at the same {', '.join(map(fleet.sensor_label, fleet.regimes))}"
    return ""


def _apart(sds: float) -> str:
    return f"{abs(sds):.1f} sd {'above' if sds >= 0 else 'below'}"


def _counter_words(said: Feature, row: "pd.Series[Any]", fleet: Fleet) -> str:
    """'smart_5 rose by 12 in 7 days', or its level where the contribution is the level's."""
    sensor, unit, window = said.subject, fleet.sensors[said.subject].unit, _window_of(said, fleet)
    level, rise = number_in(row, feature_name(sensor, LAST)), number_in(row, feature_name(sensor, INCREASE, window))
    called = fleet.sensor_label(sensor)
    if said.stat == LAST:
        return f"{called} has no reading of late" if level is None else f"{called} at {_amount(level, unit)}"
    if rise is None:
        return f"{called} has no two readings to compare in {window} h"
    span = hours_in_words(window).replace(" hours", " h")
    return f"{called} rose by {_amount(rise, unit)} in {span}" if rise else f"{called} did not rise in {span}"


def _state_words(said: Feature, row: "pd.Series[Any]", fleet: Fleet) -> str:
    """'mode: 78 % of the last 24 h in run': the state that the feature speaks of, or the most frequent one."""
    sensor, window, states = said.subject, _window_of(said, fleet), fleet.sensors[said.subject].states
    shares = {state: number_in(row, feature_name(sensor, f"{SHARE_IN}{state}", window)) for state in states}
    known = {state: share for state, share in shares.items() if share is not None}
    if not known:
        return f"{fleet.sensor_label(sensor)} has no reading in {window} h"
    state = said.stat.removeprefix(SHARE_IN) if said.stat.startswith(SHARE_IN) else max(known, key=known.__getitem__)
    return f"{fleet.sensor_label(sensor)}: {percent(known[state])} of the last {window} h in {state}"


def _amount(value: float, unit: str) -> str:
    """Written in full up to a whole number, with a digit behind the point where there is something."""
    return f"{f'{value:,.1f}'.removesuffix('.0')} {unit}".rstrip()


def _window_of(said: Feature, fleet: Fleet) -> int:
    """The window that a sensor's feature speaks of, in hours; the longest for one that has none."""
    return said.window_hours or max(fleet.windows_hours)


def _whole(value: float | None) -> str:
    return "?" if value is None or pd.isna(value) else f"{float(value):.0f}"
