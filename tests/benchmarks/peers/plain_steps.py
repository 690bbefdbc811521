"""The steps of the nightly job, one after the other in one process; see `plain_night`."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from delivery.pages.evidently import load_evidently
from delivery.pages.index import write_index
from ingestion.engine import land_drops
from ml.mart.nights import as_of_night
from orchestration.dbt.at_hand import dbt_server, graph_folder
from orchestration.meanwhile import begin, begun, loaded_meanwhile
from settings import ROOT, Settings
from steps.metrics import write_metrics
from steps.monitor import read_drift, report_drift, take_look
from steps.notify import tell_of_nights
from steps.pages import write_morning_page
from steps.publish import publish_tables
from steps.quality import findings_now, keep_findings
from steps.restatements import restatement_lines
from steps.score import score_nights
from warehouse.tables import row_counts

FEATURES = [f"fqn:nightshift.{room}" for room in ("builds", "staging", "spine", "features", "labels", "marts",
                                                  "quality")] + ["source:raw", "source:state"]  # fmt: skip
OUTCOMES = ["fqn:nightshift.outcomes", "fqn:nightshift.models.outcomes", "source:ml"]


def play(settings: Settings, day: date) -> None:
    night = as_of_night(day, settings.fleet.scoring_hour)
    land_drops(settings)
    with loaded_meanwhile(load_evidently):
        build(settings, FEATURES)
    findings_now(settings)
    score_nights(settings, [night])
    inputs = read_drift(settings, [night])
    begin(day, lambda: take_look(inputs, settings))
    build(settings, OUTCOMES)
    keep_findings(settings, [night])
    report_drift(settings, [night], look=begun(day))
    begin("published", lambda: publish_tables(settings))
    write_morning_page(settings, night)
    write_index(settings)
    begun("published") or publish_tables(settings)
    tell_of_nights(settings, [night])
    write_metrics(settings, {})


def build(settings: Settings, select: list[str]) -> None:
    """One of a night's two builds, by the dbt that is at hand; its events go where the script's output goes."""
    dbt, target = str(Path(sys.executable).with_name("dbt")), str(settings.paths.dbt_target)
    engine = settings.workspace.engine.target
    server = dbt_server(str(settings.project), str(graph_folder(settings)), engine)
    env = {"DBT_PROJECT_DIR": str(settings.project), "DBT_PROFILES_DIR": str(ROOT), "DBT_LOG_FORMAT": "json",
           "DBT_TARGET_PATH": target, "DBT_LOG_PATH": target}  # fmt: skip
    command = ["build", "--exclude-resource-type", "unit_test", "--log-level-file", "none", "--target", engine]
    subprocess.run([*(server.command(dbt) if server else [dbt]), *command, "--select", *select],
                   cwd=ROOT, env={**os.environ, **env}, check=True)  # fmt: skip
    row_counts(settings)
    restatement_lines(settings)
