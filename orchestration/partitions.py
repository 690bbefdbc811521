"""A partition is a night, named by its date; it stands at the scoring hour of that day."""

from datetime import date, datetime

from dagster import AssetExecutionContext, BackfillPolicy, DailyPartitionsDefinition

from ml.mart.nights import as_of_night
from settings import Settings

# A range of nights runs as one run: the warehouse is opened once, not once a night.
ONE_RUN = BackfillPolicy.single_run()


def nightly_partitions(settings: Settings) -> DailyPartitionsDefinition:
    """Nights from the first one that may be scored up to today, which exists from midnight on."""
    return DailyPartitionsDefinition(start_date=str(settings.workspace.schedules.first_night), end_offset=1)


def nights_of(context: AssetExecutionContext, settings: Settings) -> list[datetime]:
    """The nights that this run is for, oldest first."""
    hour = settings.fleet.scoring_hour
    return [as_of_night(date.fromisoformat(key), hour) for key in sorted(context.partition_keys)]
