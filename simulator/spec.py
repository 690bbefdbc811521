"""The options of a demo fleet: its sensors, components, physics and the faults of its feeds, all frozen."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime, time

import numpy as np

HOURS_A_DAY = 24
HOURS_A_YEAR = 8760.0


@dataclass(frozen=True)
class SensorSpec:
    """One telemetry column: the fleet's healthy `mean` and hourly `sd`, in the sensor's own unit."""

    name: str
    mean: float
    sd: float


@dataclass(frozen=True)
class ComponentSpec:
    """One part: the sensor that shows its defects, which way (+1 or -1), its error code, and its wear scale in days."""

    name: str
    sensor: str
    direction: int
    error: str
    wear_days: float


@dataclass(frozen=True)
class ModelSpec:
    """One machine model; `endurance` multiplies the wear scale of all its components."""

    name: str
    endurance: float


@dataclass(frozen=True)
class Physics:
    """Constants of the formulas in simulator/README.md; hours, days or sd as named."""

    wear_shape: float = 2.0
    wear_per_year_of_age: float = 0.02
    defect_median_hours: float = 66.0
    defect_shape: float = 5.0
    shocks_per_machine_year: float = 0.3
    drift_sd_at_median: float = 5.0
    machine_offset_sd: float = 0.4
    error_rate_at_median: float = 0.08
    background_errors_per_year: float = 6.0
    planned_every_days: float = 60.0
    planned_jitter_days: float = 10.0
    history_days: int = 180


SENSORS = (
    SensorSpec("volt", 170.0, 15.0),
    SensorSpec("rotate", 450.0, 40.0),
    SensorSpec("pressure", 100.0, 10.0),
    SensorSpec("vibration", 40.0, 5.0),
)
COMPONENTS = (
    ComponentSpec("comp1", "volt", +1, "error1", 105.0),
    ComponentSpec("comp2", "rotate", -1, "error2", 90.0),
    ComponentSpec("comp3", "pressure", +1, "error3", 115.0),
    ComponentSpec("comp4", "vibration", +1, "error4", 105.0),
)
MODELS = (ModelSpec("model1", 0.85), ModelSpec("model2", 0.95), ModelSpec("model3", 1.05), ModelSpec("model4", 1.2))


@dataclass(frozen=True)
class FleetSpec:
    """Every option of a simulated fleet. Days count from `start` (day 0); shares lie in [0, 1).

    Raises ValueError, one sentence with the option and the cure, when an option cannot be used.
    """

    machines: int = 100
    start: date = date(2025, 1, 1)
    days: int = 365
    seed: int = 7
    strength: float = 1.0
    silent_share: float = 0.1
    late_share: float = 0.0
    late_max_hours: int = 72
    dropout_share: float = 0.0
    dropout_run_hours: float = 6.0
    outage_day: int | None = None
    drift_day: int | None = None
    drift_sd: float = 1.0
    drift_sensor: str = "volt"
    decimals: int = 4
    sensors: tuple[SensorSpec, ...] = SENSORS
    components: tuple[ComponentSpec, ...] = COMPONENTS
    error_codes: tuple[str, ...] = ("error1", "error2", "error3", "error4", "error5")
    models: tuple[ModelSpec, ...] = MODELS
    physics: Physics = field(default_factory=Physics)

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_days(self)
        _check_names(self)
        _check_physics(self.physics)

    @property
    def last_hour(self) -> int:
        """The last telemetry hour, counted from 0 at midnight of `start`; it is included."""
        return self.days * HOURS_A_DAY

    @property
    def epoch(self) -> np.datetime64:
        """Midnight of `start`, hour 0, as datetime64[s] without a zone."""
        return np.datetime64(datetime.combine(self.start, time()), "s")

    def times(self, hours: np.ndarray) -> np.ndarray:
        """Hours since `start`, any shape, as naive UTC datetime64[s]."""
        return self.epoch + np.asarray(hours).astype("timedelta64[h]")

    def hours(self, times: np.ndarray) -> np.ndarray:
        """The inverse of `times`: whole hours since `start`, rounded down, int64."""
        seconds = (np.asarray(times).astype("datetime64[s]") - self.epoch).astype(np.int64)
        return seconds // 3600


def _check_numbers(spec: FleetSpec) -> None:
    for name in ("machines", "days", "late_max_hours"):
        _need(getattr(spec, name) >= 1, name, getattr(spec, name), "a whole number of 1 or more")
    for name in ("silent_share", "late_share", "dropout_share"):
        top = name == "silent_share" and getattr(spec, name) == 1
        _need(0 <= getattr(spec, name) < 1 or top, name, getattr(spec, name), "a share such as 0.1")
    _need(spec.seed >= 0, "seed", spec.seed, "a whole number of 0 or more")
    _need(0 <= spec.strength < np.inf, "strength", spec.strength, "0 (no signal) or more; 1 is the default fleet")
    _need(1 <= spec.dropout_run_hours < np.inf, "dropout_run_hours", spec.dropout_run_hours, "1 hour or more")
    _need(0 <= spec.decimals <= 6, "decimals", spec.decimals, "a number from 0 to 6")
    _need(bool(np.isfinite(spec.drift_sd)), "drift_sd", spec.drift_sd, "a finite number of sd")


def _check_days(spec: FleetSpec) -> None:
    for name in ("outage_day", "drift_day"):
        day = getattr(spec, name)
        _need(day is None or 0 <= day < spec.days, name, day, f"a day from 0 to {spec.days - 1}")


def _check_names(spec: FleetSpec) -> None:
    groups: dict[str, list[str]] = {
        "sensors": [sensor.name for sensor in spec.sensors],
        "components": [part.name for part in spec.components],
        "models": [model.name for model in spec.models],
    }
    for option, names in groups.items():
        _need(0 < len(names) == len(set(names)), option, names, "at least one, each name once")
    codes = list(spec.error_codes)
    _need(len(codes) == len(set(codes)), "error_codes", codes, "each code once")
    _need(spec.drift_sensor in groups["sensors"], "drift_sensor", spec.drift_sensor, f"one of {groups['sensors']}")
    for sensor in spec.sensors:
        _need(sensor.sd > 0, f"sensors.{sensor.name}.sd", sensor.sd, "a number above 0")
    for model in spec.models:
        _need(model.endurance > 0, f"models.{model.name}.endurance", model.endurance, "a number above 0")
    for part in spec.components:
        where = f"components.{part.name}"
        _need(part.sensor in groups["sensors"], f"{where}.sensor", part.sensor, f"one of {groups['sensors']}")
        _need(part.error in codes, f"{where}.error", part.error, f"one of {codes}")
        _need(part.direction in (-1, 1), f"{where}.direction", part.direction, "-1 or 1")
        _need(part.wear_days > 0, f"{where}.wear_days", part.wear_days, "a number above 0")


def _check_physics(physics: Physics) -> None:
    may_be_zero = {"wear_per_year_of_age", "shocks_per_machine_year", "drift_sd_at_median", "machine_offset_sd"}
    may_be_zero |= {"error_rate_at_median", "background_errors_per_year", "planned_jitter_days"}
    for item in fields(physics):
        value = getattr(physics, item.name)
        least = 0 if item.name in may_be_zero else 1e-9
        _need(least <= value < np.inf, f"physics.{item.name}", value, "a finite number above 0")
    every, jitter = physics.planned_every_days, physics.planned_jitter_days
    _need(2 * jitter + 2 <= every, "physics.planned_jitter_days", jitter, f"at most {every / 2 - 1:g} days")
    room = physics.history_days >= 1.5 * every
    _need(room, "physics.history_days", physics.history_days, f"{1.5 * every:g} days or more")


def _need(fine: bool, option: str, value: object, cure: str) -> None:
    if not fine:
        raise ValueError(f"{option} = {value!r} cannot be used; give {cure}.")
