"""One night as plain functions in one process, as a cron line could call them: no orchestrator, no record of the run.

`python -m tests.benchmarks.peers.plain_night 2025-12-31`: lands, builds, scores, judges, writes and publishes what the
assets of the nightly job do, by the same functions and the same dbt commands.
"""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from delivery.pages.index import write_index
from ingestion import land
from ml.mart.nights import as_of_night
from settings import ROOT, Settings, load_settings
from steps.monitor import report_drift
from steps.notify import tell_of_nights
from steps.pages import write_morning_page
from steps.publish import publish_tables
from steps.restatements import restatement_lines
from steps.score import score_nights
from warehouse.tables import row_counts

ROOMS = "path:dbt_project/models"
FEATURES = [f"{ROOMS}/{room}" for room in ("builds", "staging", "spine", "features", "labels", "marts")]
OUTCOMES = [f"{ROOMS}/outcomes"]


def play(settings: Settings, day: date) -> None:
    paths, night = settings.paths, as_of_night(day, settings.fleet.scoring_hour)
    land(paths.drops, paths.warehouse, settings.fleet)
    build(settings, FEATURES)
    score_nights(settings, [night])
    build(settings, OUTCOMES)
    report_drift(settings, [night])
    write_morning_page(settings, night)
    write_index(settings)
    publish_tables(settings)
    tell_of_nights(settings, [night])


def build(settings: Settings, select: list[str]) -> None:
    dbt = Path(sys.executable).with_name("dbt")
    command = [dbt, "build", "--exclude-resource-type", "unit_test", "--select", *select]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DBT_TARGET_PATH": str(settings.paths.dbt_target)}, check=True)
    row_counts(settings)
    restatement_lines(settings)


if __name__ == "__main__":
    play(load_settings(), date.fromisoformat(sys.argv[1]))
