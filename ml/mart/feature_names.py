"""The names of the mart's features in Python, written and read back: the counterpart of dbt's macro `feature_name`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from settings import Fleet

ERRORS = "errors"  # the subject of the counts over all error codes
HOURS_SINCE, HOURS_SINCE_REPLACEMENT = "hours_since", "hours_since_replacement"
HOURS_SINCE_FAILURE = "hours_since_failure"
RECENT_HOURS = 24
READING_COUNTS = ("n", "baseline_n")
NOT_RUNNING = "not_running"  # the subject of the counts of rows of a machine that did not run
INCREASE, LAST, SHARE_IN = "increase", "last", "share_"  # of counters, and of states (SHARE_IN and the state's name)
WEAR = "wear"  # of gauges: the distance from how the sensor was while its machine, or its component, was new
SLOPE = "slope"  # of gauges: what they rise by an hour
MOVED = "moved"  # of gauges: the distance from their own baseline, not divided by its spread
LIKE_MEAN = "like_mean"  # of gauges: how far they are from the fleet's readings in the same operating regimes
_STAT = re.compile(r"(?!\d+h$)(?P<stat>\w+?)(?:_(?P<hours>\d+)h)?", re.ASCII)  # a window alone is no statistic


@dataclass(frozen=True)
class Feature:
    """What a feature's name says: a subject, a statistic, and its window, if it has one.

    A subject is a sensor, error code or component, ERRORS or NOT_RUNNING.
    """

    subject: str
    stat: str
    window_hours: int | None = None


def feature_name(subject: str, stat: str, window_hours: int | None = None) -> str:
    """`volt_mean_24h`, or `volt_baseline_mean` where no window applies."""
    return f"{subject}_{stat}" + ("" if window_hours is None else f"_{window_hours}h")


def error_clock(code: str) -> str:
    """The column with the hours since the last error of this code."""
    return feature_name(code, HOURS_SINCE)


def replacement_clock(component: str) -> str:
    """The column with the hours since the component was last replaced."""
    return feature_name(component, HOURS_SINCE_REPLACEMENT)


def failure_clock(component: str) -> str:
    """The column with the hours since the component last failed."""
    return feature_name(component, HOURS_SINCE_FAILURE)


def maintained(fleet: Fleet) -> list[str]:
    """Every column of wear that begins again with a replacement."""
    tied = [sensor for sensor in fleet.sensors_of("gauge") if fleet.sensors[sensor].component and fleet.new_hours]
    return [feature_name(sensor, WEAR, hours) for sensor in tied for hours in fleet.windows_hours]


def level_stat(sensor: str, fleet: Fleet) -> str:
    """The statistic by which a gauge's level can be held against that of other machines."""
    return LIKE_MEAN if sensor in fleet.compared_sensors else "mean"


def baseline_columns(sensor: str) -> tuple[str, str]:
    """The columns with mean and standard deviation of a gauge's own baseline."""
    return feature_name(sensor, "baseline_mean"), feature_name(sensor, "baseline_sd")


def counter_levels(fleet: Fleet) -> list[str]:
    """Every column that holds a counter's level."""
    return [feature_name(sensor, LAST) for sensor in fleet.sensors_of("counter")]


def event_clocks(fleet: Fleet) -> list[str]:
    """Every column that counts the hours since an event: errors by code, replacements and failures by component."""
    codes, components = fleet.error_codes, fleet.components
    return [*map(error_clock, codes), *map(replacement_clock, components), *map(failure_clock, components)]


def parse_feature(name: str, fleet: Fleet) -> Feature | None:
    """What `name` says, or None where it speaks of no subject; of two subjects the longer."""
    subjects = [*fleet.sensors, ERRORS, NOT_RUNNING, *fleet.error_codes, *fleet.components]
    for subject in sorted(subjects, key=len, reverse=True):
        said = _STAT.fullmatch(name.removeprefix(f"{subject}_")) if name.startswith(f"{subject}_") else None
        if said:
            return Feature(subject, said["stat"], int(said["hours"]) if said["hours"] else None)
    return None


def features_of(names: Iterable[str], subjects: Iterable[str], fleet: Fleet) -> dict[str, Feature]:
    """Those of `names` that speak of one of `subjects`, with what they say."""
    wanted = set(subjects)
    parsed = {name: parse_feature(name, fleet) for name in names}
    return {name: said for name, said in parsed.items() if said and said.subject in wanted}


def nearest_window(fleet: Fleet) -> int:
    """The configured window nearest to a day."""
    return min(fleet.windows_hours, key=lambda hours: (abs(hours - RECENT_HOURS), hours))
