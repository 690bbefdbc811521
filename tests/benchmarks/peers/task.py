"""What every contender makes: the mart's columns that all of them share, by name."""

from settings import load_settings

_FLEET = load_settings(env={}).fleet

SENSORS = tuple(_FLEET.sensors)
CODES = tuple(_FLEET.error_codes)
COMPONENTS = tuple(_FLEET.components)
WINDOWS = tuple(_FLEET.windows_hours)
STATS = ("mean", "sd", "min", "max")
STEP = _FLEET.snapshot_every_hours
HORIZON_HOURS = _FLEET.horizon_hours
COUNTS = {hours: {code: f"{code}_count_{hours}h" for code in CODES} for hours in WINDOWS}
AGES = {component: f"{component}_hours_since_replacement" for component in COMPONENTS}
LABELS = tuple(f"fails_{name}" for name in ("any", *COMPONENTS))
SHARED = (
    *(f"{sensor}_{stat}_{hours}h" for sensor in SENSORS for hours in WINDOWS for stat in STATS),
    *(name for hours in WINDOWS for name in COUNTS[hours].values()),
    *AGES.values(),
    *LABELS,
)
