"""What every contender makes: all of the mart's columns, by name; the register's model and age come beside them."""

from settings import load_settings

_FLEET = load_settings(env={}).fleet

SENSORS = tuple(_FLEET.sensors)
CODES = tuple(_FLEET.error_codes)
COMPONENTS = tuple(_FLEET.components)
WINDOWS = tuple(_FLEET.windows_hours)
LONGEST = max(WINDOWS)
BASELINE_HOURS = _FLEET.baseline_hours  # the readings so long ago up to the longest window
LEAST_BASELINE = _FLEET.least_baseline_readings
STATS = ("n", "mean", "sd", "min", "max")
STEP = _FLEET.snapshot_every_hours
HORIZON_HOURS = _FLEET.horizon_hours
COUNTS = {hours: {code: f"{code}_count_{hours}h" for code in CODES} for hours in WINDOWS}
ALL_COUNTS = {hours: f"errors_count_{hours}h" for hours in WINDOWS}
# Hours since the last event of each kind: feed -> its column of kinds -> the mart's columns.
AGES = {
    "errors": ("errorID", {code: f"{code}_hours_since" for code in CODES}),
    "maint": ("comp", {component: f"{component}_hours_since_replacement" for component in COMPONENTS}),
    "failures": ("failure", {component: f"{component}_hours_since_failure" for component in COMPONENTS}),
}
LABELS = tuple(f"fails_{name}" for name in ("any", *COMPONENTS))
FEATURES = (
    *(f"{sensor}_baseline_{stat}" for sensor in SENSORS for stat in ("n", "mean", "sd")),
    *(f"{sensor}_{stat}_{hours}h" for sensor in SENSORS for hours in WINDOWS for stat in (*STATS, "shift")),
    *ALL_COUNTS.values(),
    *(name for hours in WINDOWS for name in COUNTS[hours].values()),
    *(name for _, names in AGES.values() for name in names.values()),
)
