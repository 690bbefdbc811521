"""A partition is a night, named by its date; it stands at the scoring hour of that day."""

import warnings
from collections.abc import Sequence
from datetime import date, datetime

from dagster import AssetExecutionContext, BackfillPolicy, BetaWarning, DailyPartitionsDefinition

from ml.mart.nights import NightNotReady, as_of_night
from settings import Settings

# Single-run backfills are marked beta; the notice on every import tells an operator nothing to act on.
warnings.filterwarnings("ignore", category=BetaWarning)
# A range of nights runs as one run: the warehouse is opened once, not once a night.
ONE_RUN = BackfillPolicy.single_run()


def first_night(settings: Settings) -> date:
    """The first night that may be scored: as set, or the first day whose readings landing believes."""
    return settings.workspace.schedules.first_night or settings.fleet.plausible_clock.earliest


def nightly_partitions(settings: Settings) -> DailyPartitionsDefinition:
    """Nights from the first one that may be scored up to today, which exists from midnight on."""
    return DailyPartitionsDefinition(start_date=str(first_night(settings)), end_offset=1)


def require_partitions(nights: Sequence[date], settings: Settings, today: date) -> None:
    """Raises NightNotReady with the cure where one of `nights` is no partition; `today` is UTC's."""
    first = first_night(settings)
    if min(nights) < first:
        place = settings.fleet.settings_place
        owner = f"schedules.first_night in {place}" if settings.workspace.schedules.first_night else (
            f"plausible_clock.earliest in the vars of {settings.fleet.file}"
        )  # fmt: skip
        raise NightNotReady(f"The night of {min(nights)} is before the first that may be scored, {first}: set {owner}.")
    if max(nights) > today:
        raise NightNotReady(f"The night of {max(nights)} lies ahead: today is {today} (UTC). Run it when it has come.")


def nights_of(context: AssetExecutionContext, settings: Settings) -> list[datetime]:
    """The nights that this run is for, oldest first."""
    hour = settings.fleet.scoring_hour
    return [as_of_night(date.fromisoformat(key), hour) for key in sorted(context.partition_keys)]
