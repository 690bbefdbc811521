"""What the fleet looks like and what a row means: the vars of `dbt_project.yml`."""

import math
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Self

from pydantic import (
    Field,
    FieldSerializationInfo,
    ModelWrapValidatorHandler,
    PrivateAttr,
    field_serializer,
    field_validator,
    model_validator,
)

from settings.feed_times import FeedLatency, FeedReaches, PlausibleClock
from settings.frozen import Count, Hours, Identifier, Number
from settings.mapping import FleetMapping
from settings.name_clashes import OF_ALL, name_clash
from settings.places import Placed
from settings.sensor import Sensor

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
NAMED = ("error_codes", "components")  # vars whose identifiers may have a text each
SHIPPED_HORIZON = 24  # what the root says, and so no word of a fleet's own
MULTIPLES = (1, 2, 3, 7)  # of horizon_hours, where a fleet names no horizons
MOST_REGIMES = 256
MOST_STEPS = 10**15  # whole numbers that a double holds exactly, with room for rounding


class Fleet(Placed):
    """The dbt vars: what the fleet looks like and what a row of the mart means. Units are in the names.

    `error_codes` and `components` are given as lists, or as identifier: what people call it, in files and on pages;
    here they are the identifiers.

    A reading is kept as a whole number of its sensor's last decimals, at most MOST_STEPS of them, so that a double
    holds it exactly: a sensor whose range needs more keeps fewer decimals than `sensor_decimals`.
    The macro `bad_vars` refuses the same values for who runs dbt alone.
    """

    sensors: dict[Identifier, Sensor] = Field(min_length=1)
    error_codes: tuple[Identifier, ...]
    components: tuple[Identifier, ...] = Field(min_length=1)
    telemetry_step_hours: Number
    snapshot_every_hours: Count
    scoring_hour: Annotated[int, Field(ge=0, le=23)]
    horizon_hours: Count
    horizons_hours: tuple[Annotated[int, Field(ge=1, strict=True)], ...] = ()
    windows_hours: tuple[Count, ...] = Field(min_length=1)
    baseline_hours: Count
    min_baseline_readings: Count
    new_hours: Hours = 0
    regimes: dict[Identifier, Annotated[tuple[Number, ...], Field(min_length=1)]] = Field(default_factory=dict)
    slopes_hours: tuple[Count, ...] = ()
    moved_hours: tuple[Count, ...] = ()
    sensor_decimals: Annotated[int, Field(ge=0, le=6)]
    missing_words: tuple[str, ...] = ()
    removed_words: tuple[str, ...] = ("removed",)
    plausible_clock: PlausibleClock = PlausibleClock()
    feed_latency_hours: FeedLatency
    corrective_hours: Hours
    outage_gap_hours: Hours = 24
    found_within_hours: Hours = 0
    remaining_cap_hours: Hours = 0
    retired_after_days: Count = 14
    feed_reaches: FeedReaches = FeedReaches()
    restate_days: Hours
    slice_rows: Count
    episode_cooldown_hours: Hours
    mapping: FleetMapping | None = None

    _texts: dict[str, dict[str, str]] = PrivateAttr(default_factory=dict)  # of NAMED, by identifier

    @model_validator(mode="before")
    @classmethod
    def _first_horizon_decides(cls, given: object) -> object:
        """Whoever reads horizon_hours reads the first of horizons_hours, where a fleet gives them."""
        if not isinstance(given, Mapping) or not isinstance(horizons := given.get("horizons_hours"), list | tuple):
            return given
        if not horizons or not isinstance(horizons[0], int):
            return given
        first, said = horizons[0], given.get("horizon_hours", SHIPPED_HORIZON)
        if said not in (SHIPPED_HORIZON, first):
            raise ValueError(f"horizon_hours = {said} is not {first}, the first of horizons_hours")
        return {**given, "horizon_hours": first}

    @field_validator("horizons_hours")
    @classmethod
    def _horizons_rise(cls, hours: tuple[int, ...]) -> tuple[int, ...]:
        if any(longer <= shorter for shorter, longer in pairwise(hours)):
            raise ValueError(f"{list(hours)} must rise from each horizon to the next")
        return hours

    @property
    def horizons(self) -> tuple[int, ...]:
        """All horizons in hours, rising; the first is `horizon_hours`, which labels and alerts look at."""
        return self.horizons_hours or tuple(self.horizon_hours * times for times in MULTIPLES)

    @property
    def further_horizons(self) -> tuple[int, ...]:
        """The horizons beyond the first."""
        return self.horizons[1:]

    @property
    def remaining_cap(self) -> int:
        """Hours up to which a remaining time is told: `remaining_cap_hours`, or the last horizon where that is 0."""
        return self.remaining_cap_hours or self.horizons[-1]

    @property
    def remaining_step(self) -> float:
        """Hours in whose steps a remaining time is told: from reading to reading, and none finer than an hour."""
        return max(float(self.telemetry_step_hours), 1.0)

    def with_horizon(self, hours: int) -> Self:
        """The same fleet with another first horizon, and those that follow from it."""
        return self.model_copy(update={"horizon_hours": hours, "horizons_hours": ()})

    @model_validator(mode="wrap")
    @classmethod
    def _keeps_the_texts(cls, given: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(given, Mapping):
            return handler(given)
        fleet = handler({name: list(value) if _is_named(name, value) else value for name, value in given.items()})
        fleet._texts = {name: _texts(name, value) for name, value in given.items() if _is_named(name, value)}
        return fleet

    @field_serializer("error_codes", "components")
    def _as_given(self, names: tuple[str, ...], info: FieldSerializationInfo) -> object:
        texts = self._texts.get(info.field_name)
        return names if texts is None else {name: texts.get(name, name) for name in names}

    def label(self, subject: str) -> str:
        """What people call a sensor, an error code or a component; `subject` itself where it is none of them."""
        if subject in self.sensors:
            return self.sensor_label(subject)
        return self.error_label(subject) if subject in self.error_codes else self.component_label(subject)

    def sensor_label(self, sensor: str) -> str:
        """What people call a sensor."""
        return self.sensors[sensor].label or sensor

    def error_label(self, code: str) -> str:
        """What people call an error code, and what files may hold in its place."""
        return self._texts.get("error_codes", {}).get(code, code)

    def component_label(self, component: str) -> str:
        """What people call a component, and what files may hold in its place."""
        return self._texts.get("components", {}).get(component, component)

    @model_validator(mode="after")
    def _hours_fit_together(self) -> Self:
        step, longest = self.telemetry_step_hours, max(self.windows_hours)
        if not SECOND <= self.telemetry_step <= DAY:
            raise ValueError(f"telemetry_step_hours = {step} is none from a second (0.0003) to a day (24)")
        if 24 % self.snapshot_every_hours:
            raise ValueError(f"snapshot_every_hours = {self.snapshot_every_hours} does not divide 24")
        if 24 * self.retired_after_days < step:
            raise ValueError(f"retired_after_days = {self.retired_after_days} is below telemetry_step_hours = {step}")
        if self.baseline_hours <= longest:
            raise ValueError(f"baseline_hours = {self.baseline_hours} is no longer than the longest of windows_hours")
        if self._readings_due(self.baseline_hours - longest) < 2:
            raise ValueError(
                f"baseline_hours = {self.baseline_hours} leaves {self.baseline_hours - longest} h before the longest "
                f"window, fewer than two steps of telemetry_step_hours = {step}: make it longer"
            )
        return self

    @model_validator(mode="after")
    def _wear_can_be_told(self) -> Self:
        if self.new_hours > self.baseline_hours:
            raise ValueError(
                f"new_hours = {self.new_hours} is longer than baseline_hours = {self.baseline_hours}: so far back late "
                "readings are known"
            )
        if self.new_hours and self._readings_due(self.new_hours) < 2:
            raise ValueError(
                f"new_hours = {self.new_hours} is shorter than two steps of telemetry_step_hours = "
                f"{self.telemetry_step_hours}: make it longer, or 0 for no features of wear"
            )
        for name, told in (("slopes_hours", self.slopes_hours), ("moved_hours", self.moved_hours)):
            if other := [hours for hours in told if hours not in self.windows_hours]:
                raise ValueError(f"{name} holds {other[0]}, which is none of windows_hours")
        for name, sensor in self.sensors.items():
            if sensor.component and sensor.component not in self.components:
                raise ValueError(f"sensors.{name}: component = {sensor.component} is none of components")
        return self

    @property
    def telemetry_step(self) -> timedelta:
        """From one reading of a machine to the next, in whole seconds."""
        return timedelta(seconds=round(self.telemetry_step_hours * 3600))

    @property
    def least_baseline_readings(self) -> int:
        """From how many readings on a baseline counts; the macro of that name says why."""
        due = self._readings_due(self.baseline_hours - max(self.windows_hours))
        return min(self.min_baseline_readings, max(due // 2, 2))

    @model_validator(mode="after")
    def _regimes_are_bins(self) -> Self:
        for name, edges in self.regimes.items():
            sensor = self.sensors.get(name)
            if sensor is None or sensor.kind == "counter" or sensor.on_change_hours:
                raise ValueError(
                    f"regimes: {name} must be a sensor with a level in every row: in vars.sensors, no counter, and "
                    "without on_change_hours"
                )
            if list(edges) != sorted(set(edges)):
                raise ValueError(f"regimes: {name} = {list(edges)} must be rising numbers, the edges of its bins")
        if (number := math.prod(len(edges) + 1 for edges in self.regimes.values())) > MOST_REGIMES:
            raise ValueError(f"regimes makes {number} regimes, at most {MOST_REGIMES} are of use")
        if clash := [f"{name}_like" for name in self.sensors if self.regimes and f"{name}_like" in self.sensors]:
            raise ValueError(f"sensors.{clash[0]} is called as what regimes makes of another: call it otherwise")
        return self

    @property
    def compared_sensors(self) -> tuple[str, ...]:
        """The gauges whose readings are compared only with those of their regime; none without `regimes`."""
        rest = (name for name in self.sensors_of("gauge") if name not in self.regimes)
        return tuple(name for name in rest if self.regimes and not self.sensors[name].on_change_hours)

    @property
    def least_new_readings(self) -> int:
        """From how many readings on a sensor has a normal of the time when its machine was new."""
        return min(self.min_baseline_readings, max(self._readings_due(self.new_hours) // 2, 2))

    @model_validator(mode="after")
    def _readings_hold_for_a_step(self) -> Self:
        for name, sensor in self.sensors.items():
            if sensor.on_change_hours and timedelta(hours=sensor.on_change_hours) < self.telemetry_step:
                raise ValueError(
                    f"sensors.{name}: on_change_hours = {sensor.on_change_hours} is below "
                    f"telemetry_step_hours = {self.telemetry_step_hours}: no reading would hold to the next step"
                )
        return self

    def sensors_of(self, kind: str) -> tuple[str, ...]:
        """The names of the sensors of a kind: gauge, counter or state."""
        return tuple(name for name, sensor in self.sensors.items() if sensor.kind == kind)

    def _readings_due(self, hours: int) -> int:
        return timedelta(hours=hours) // self.telemetry_step

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if clash := name_clash({name: tuple(getattr(self, name)) for name in OF_ALL}):
            raise ValueError(clash)
        return self

    @model_validator(mode="after")
    def _running_is_one(self) -> Self:
        clash = [name for name in self.sensors if name.lower() == "running"]
        if clash and self.mapping is not None and self.mapping.knows_running:
            raise ValueError(f"sensors.{clash[0]} is what `running` of vars.mapping fills: call that sensor otherwise")
        return self

    @model_validator(mode="after")
    def _every_range_fits(self) -> Self:
        for name, sensor in self.sensors.items():
            decimals = self.decimals(name)
            if sensor.widest * 10**decimals > MOST_STEPS:
                raise ValueError(
                    f"sensors.{name} reaches to {sensor.widest:g} with {decimals} decimals, and at most 15 digits "
                    "are kept of a reading: give it a narrower range or fewer decimals"
                )
            if sensor.widest * 10**decimals < 1:
                raise ValueError(
                    f"sensors.{name} reaches to {sensor.widest:g} and keeps {decimals} decimals, so every reading "
                    f"would be 0: give it decimals of its own, such as {{min: ..., max: ..., decimals: 12}}"
                )
        return self

    def decimals(self, sensor: str) -> int:
        """How many decimals of a sensor's readings are kept: its own, or as many of `sensor_decimals` as fit."""
        known = self.sensors[sensor]
        if known.decimals is not None:
            return known.decimals
        fitting = (d for d in range(self.sensor_decimals, 0, -1) if known.widest * 10**d <= MOST_STEPS)
        return next(fitting, 0)


def _is_named(name: str, value: object) -> bool:
    return name in NAMED and isinstance(value, Mapping)


def _texts(name: str, given: Mapping[str, object]) -> dict[str, str]:
    """Checked: each is a text, no two are alike, and none is the identifier of another."""
    for identifier, text in given.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{name}.{identifier} must be a text, what people call it")
        if text != identifier and (text in given or list(given.values()).count(text) > 1):
            raise ValueError(f"{name}: {text!r} stands for more than one of them")
    return {identifier: str(text) for identifier, text in given.items()}
