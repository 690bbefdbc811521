"""Nights through the nightly job, and what became of them: what `make night` does once it is loaded."""

import sys
from datetime import date, timedelta

from delivery.pages.files import report_name
from ml.mart.nights import as_of_night
from ml.scoring.night_status import nights_between, not_scored, summary_line
from orchestration.commands.morning_summary import shown_path
from orchestration.commands.quality import quality_told
from orchestration.commands.run import run_command, run_job
from orchestration.runs.instance import workspace_instance
from settings import Settings
from warehouse.connection import open_warehouse


def run_and_tell(first: date, last: date) -> int:
    """Run the nights from `first` to `last`; 0 when all were scored, 1 with the reason on standard error otherwise."""

    def nights(settings: Settings) -> bool:
        run_nights(settings, [first + timedelta(days=day) for day in range((last - first).days + 1)])
        return not _print_outcome(settings, first, last)

    return run_command(nights)


def run_nights(settings: Settings, nights: list[date]) -> None:
    """Run the nightly job for consecutive `nights` in one run, recorded where `dagster dev` shows it."""
    with workspace_instance(settings) as instance, quality_told(settings):
        run_job(settings, instance, "nightly", nights=nights)


def _print_outcome(settings: Settings, first: date, last: date) -> list[str]:
    """Print the nights' summary and where the last one's page is; returns a sentence for each that was not scored."""
    hour = settings.fleet.scoring_hour
    with open_warehouse(settings, read_only=True) as con:
        nights = nights_between(con, as_of_night(first, hour), as_of_night(last, hour))
    for line in summary_line(nights):
        print(line)
    page = settings.paths.report_dir / report_name("morning", as_of_night(last, hour))
    if page.exists():
        print(f"Morning page  {shown_path(page)}")
    left = not_scored(nights)
    for sentence in left:
        print(sentence, file=sys.stderr)
    return left
