"""What the fleet looks like and what a row means: the vars of `dbt_project.yml`."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from settings.frozen import Count, Frozen, Hours, Identifier, Number
from settings.mapping import Mapping

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MOST_STEPS = 10**15  # whole numbers that a double holds exactly, with room for rounding


class Sensor(Frozen):
    """A telemetry column: its unit, and the range in that unit outside of which a reading is implausible.

    `decimals` are kept of each reading (default: see `Fleet.decimals`).
    """

    unit: str = ""
    min: Annotated[float, Field(strict=True)]  # YAML reads 1e5 as text
    max: Annotated[float, Field(strict=True)]
    decimals: Annotated[int, Field(ge=0, le=15)] | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.min >= self.max:
            raise ValueError("an accepted range needs min < max")
        return self


class PlausibleClock(Frozen):
    """Which times landing believes; `ingestion.plausible_times` says how each is used."""

    ahead_minutes: Annotated[int, Field(ge=0, le=60)] = 60
    earliest: Annotated[date, Field(ge=date(1970, 1, 1))] = date(1990, 1, 1)
    gap_days: Count = 7
    reach_days: Count = 45
    confirm_rows: Count = 24


class FeedLatency(Frozen):
    """Hours from an event until the feed shows it, for rows without an available_at of their own."""

    telemetry: Hours = 0
    errors: Hours = 0
    maint: Hours = 0
    failures: Hours = 0


class FeedReaches(Frozen):
    """The moment up to which a feed's events are known, where somebody says so; None: derived (`feed_reach`)."""

    errors: datetime | None = None
    maint: datetime | None = None
    failures: datetime | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _is_a_moment(cls, value: object) -> object:
        if value is not None and not MOMENT.fullmatch(str(value)):
            raise ValueError(f"{value} must be a moment in quotes such as '2026-01-31 00:00'")
        return value


class Fleet(Frozen):
    """The dbt vars: what the fleet looks like and what a row of the mart means. Units are in the names.

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
    windows_hours: tuple[Count, ...] = Field(min_length=1)
    baseline_hours: Count
    min_baseline_readings: Count
    sensor_decimals: Annotated[int, Field(ge=0, le=6)]
    missing_words: tuple[str, ...] = ()
    removed_words: tuple[str, ...] = ("removed",)
    plausible_clock: PlausibleClock = PlausibleClock()
    feed_latency_hours: FeedLatency
    corrective_hours: Hours
    outage_gap_hours: Hours = 24
    retired_after_days: Count = 14
    feed_reaches: FeedReaches = FeedReaches()
    restate_days: Hours
    slice_rows: Count
    episode_cooldown_hours: Hours
    mapping: Mapping | None = None

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

    @property
    def telemetry_step(self) -> timedelta:
        """From one reading of a machine to the next, in whole seconds."""
        return timedelta(seconds=round(self.telemetry_step_hours * 3600))

    @property
    def least_baseline_readings(self) -> int:
        """From how many readings on a baseline counts; the macro of that name says why."""
        due = self._readings_due(self.baseline_hours - max(self.windows_hours))
        return min(self.min_baseline_readings, max(due // 2, 2))

    def _readings_due(self, hours: int) -> int:
        return timedelta(hours=hours) // self.telemetry_step

    @model_validator(mode="after")
    def _every_range_fits(self) -> Self:
        for name, sensor in self.sensors.items():
            decimals = self.decimals(name)
            if _widest(sensor) * 10**decimals > MOST_STEPS:
                raise ValueError(
                    f"sensors.{name} reaches to {_widest(sensor):g} with {decimals} decimals, and at most 15 digits "
                    "are kept of a reading: give it a narrower range or fewer decimals"
                )
            if _widest(sensor) * 10**decimals < 1:
                raise ValueError(
                    f"sensors.{name} reaches to {_widest(sensor):g} and keeps {decimals} decimals, so every reading "
                    f"would be 0: give it decimals of its own, such as {{min: ..., max: ..., decimals: 12}}"
                )
        return self

    def decimals(self, sensor: str) -> int:
        """How many decimals of a sensor's readings are kept: its own, or as many of `sensor_decimals` as fit."""
        known = self.sensors[sensor]
        if known.decimals is not None:
            return known.decimals
        fitting = (d for d in range(self.sensor_decimals, 0, -1) if _widest(known) * 10**d <= MOST_STEPS)
        return next(fitting, 0)


def _widest(sensor: Sensor) -> float:
    return max(abs(sensor.min), abs(sensor.max))
