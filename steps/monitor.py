"""Drift as a step: read, judge every night, write the tables, draw the pages that somebody will want to open."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from delivery.pages.drift import DriftPage, drift_page
from delivery.pages.drift_past import LATELY
from delivery.pages.files import report_name, write_beside, write_report
from ml.monitoring.drift import TABLE_COLUMNS
from ml.monitoring.drift_rows import load_drift_rows
from ml.monitoring.live_quality import judge_quality, matured_answers
from ml.monitoring.night_verdict import night_drift, night_row
from ml.progress import CountedProgress, told, untold
from ml.registry.registry import registry
from settings import Settings
from warehouse.connection import open_warehouse
from warehouse.tables import replace_rows, table_exists

TABLE = "ml.drift"
READS = ("feature_mart", "lost_readings", "matured_answers")
OF_THESE_NIGHTS = "as_of in (select unnest(?))"


def report_drift(
    settings: Settings, nights: Sequence[datetime], progress: CountedProgress = untold
) -> tuple[pd.DataFrame, Path]:
    """Judge each of `nights`, replace its rows of `ml.drift` and `ml.drift_nights`, and draw pages.

    Returns the rows of `ml.drift_nights` and the page of the last night. A page takes seconds, so of a range only the
    last night, the nights that drifted and those that have a page already get one; a night that runs alone always does.
    Raises NoChampion where nothing was trained.
    """
    nights = sorted(nights)
    models, folder, workspace = registry(settings), settings.paths.report_dir, settings.workspace
    model, version = models.champion()
    judged_on = workspace.retraining.quality_nights
    with open_warehouse(settings, read_only=True) as con:
        rows = load_drift_rows(con, model, nights, settings.fleet, workspace.drift)
        earlier = _earlier(con, nights)
        answers = {as_of: matured_answers(con, version.version, as_of, settings.fleet, judged_on) for as_of in nights}
    at_gate = models.decisions.promised_average_precision(version)
    drop, resamples, seed = workspace.retraining.quality_drop, workspace.evaluation.resamples, workspace.training.seed
    tables, summaries = [], []
    for as_of in told(nights, "nights judged for drift", progress):
        verdict = night_drift(rows, model, as_of, settings.fleet, workspace.drift)
        tables.append(verdict.table)
        quality = judge_quality(answers[as_of], at_gate, drop, resamples, seed)
        summaries.append(night_row(verdict, quality, version.version))
        name = report_name("drift", as_of)
        if as_of == nights[-1] or verdict.drifted_columns or (folder / name).exists():
            _write_page(folder, name, drift_page(verdict, _together([earlier, *tables[:-1]])))
    judged = pd.concat(summaries, ignore_index=True)
    with open_warehouse(settings) as con:
        replace_rows(con, TABLE, _together(tables), OF_THESE_NIGHTS, (nights,))
        replace_rows(con, "ml.drift_nights", judged, OF_THESE_NIGHTS, (nights,))
    return judged, folder / report_name("drift", nights[-1])


def _earlier(con: duckdb.DuckDBPyConnection, nights: Sequence[datetime]) -> pd.DataFrame:
    """The verdicts that a page of `nights` looks back on, but for their own."""
    if not table_exists(con, TABLE):
        return pd.DataFrame(columns=list(TABLE_COLUMNS))
    span = f"as_of > ? and as_of < ? and not {OF_THESE_NIGHTS}"
    return con.execute(f"select * from {TABLE} where {span}", [min(nights) - LATELY, max(nights), nights]).df()


def _together(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def _write_page(folder: Path, name: str, page: DriftPage) -> None:
    if page.script:  # first, so that no page ever lacks it
        write_beside(folder, page.script.name, page.script.text)
    write_report(folder, name, page.html)
