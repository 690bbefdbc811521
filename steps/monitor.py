"""Drift as a step: read, judge every night, write the tables, draw the pages that somebody will want to open."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from delivery.pages.drift import DriftPage, drift_page
from delivery.pages.drift_past import LATELY
from delivery.pages.files import report_name, write_beside, write_report
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.monitoring.drift import TABLE_COLUMNS, DriftVerdict
from ml.monitoring.drift_rows import DriftRows, load_drift_rows
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


@dataclass(frozen=True)
class DriftInputs:
    """What a look at `nights`, oldest first, takes: the champion, the rows, and verdicts on the nights before."""

    nights: list[datetime]
    model: Model
    version: ModelVersion
    rows: DriftRows
    earlier: pd.DataFrame


@dataclass(frozen=True)
class DriftSeen:
    """What the mart tells of a night, and the page about it where it gets one."""

    verdict: DriftVerdict
    page: DriftPage | None


@dataclass(frozen=True)
class DriftLook:
    """What the mart tells of nights, oldest first, beside what `version` was trained on."""

    version: ModelVersion
    seen: Iterable[DriftSeen]


def read_drift(settings: Settings, nights: Sequence[datetime]) -> DriftInputs:
    """Read what `look_at_drift` takes. Raises NoChampion where nothing was trained."""
    nights = sorted(nights)
    model, version = registry(settings).champion()
    with open_warehouse(settings, read_only=True) as con:
        rows = load_drift_rows(con, model, nights, settings.fleet, settings.workspace.drift)
        return DriftInputs(nights, model, version, rows, _earlier(con, nights))


def look_at_drift(inputs: DriftInputs, settings: Settings, progress: CountedProgress = untold) -> DriftLook:
    """Judge nights and draw pages, each when it is asked for; nothing is written, and the warehouse is left alone.

    A page takes seconds, so of a range only the last night, the nights that drifted and those that have a page already
    get one; a night that runs alone always does.
    """
    return DriftLook(inputs.version, _seen(inputs, settings, progress))


def take_look(inputs: DriftInputs, settings: Settings) -> DriftLook:
    """`look_at_drift`, at all nights now: while something else is awaited."""
    look = look_at_drift(inputs, settings)
    return replace(look, seen=list(look.seen))


def _seen(inputs: DriftInputs, settings: Settings, progress: CountedProgress) -> Iterator[DriftSeen]:
    folder, before = settings.paths.report_dir, [inputs.earlier]
    for as_of in told(inputs.nights, "nights judged for drift", progress):
        verdict = night_drift(inputs.rows, inputs.model, as_of, settings.fleet, settings.workspace.drift)
        has_page = (folder / report_name("drift", as_of)).exists()
        is_drawn = as_of == inputs.nights[-1] or verdict.drifted_columns or has_page
        yield DriftSeen(verdict, drift_page(verdict, _together(before)) if is_drawn else None)
        before.append(verdict.table)


def report_drift(
    settings: Settings,
    nights: Sequence[datetime],
    progress: CountedProgress = untold,
    look: DriftLook | None = None,
) -> tuple[pd.DataFrame, Path]:
    """Judge each of `nights`, replace its rows of `ml.drift` and `ml.drift_nights`, and write pages.

    Returns the rows of `ml.drift_nights` and the page of the last night. `look`: that at these nights, where it has
    been taken already. Raises NoChampion where nothing was trained.
    """
    nights = sorted(nights)
    models, folder, workspace = registry(settings), settings.paths.report_dir, settings.workspace
    look = look or look_at_drift(read_drift(settings, nights), settings, progress)
    version, judged_on = look.version, workspace.retraining.quality_nights
    with open_warehouse(settings, read_only=True) as con:
        answers = {as_of: matured_answers(con, version.version, as_of, settings.fleet, judged_on) for as_of in nights}
    at_gate = models.decisions.promised_average_precision(version)
    drop, resamples, seed = workspace.retraining.quality_drop, workspace.evaluation.resamples, workspace.training.seed
    tables, summaries = [], []
    for as_of, one in zip(nights, look.seen, strict=True):
        tables.append(one.verdict.table)
        quality = judge_quality(answers[as_of], at_gate, drop, resamples, seed)
        summaries.append(night_row(one.verdict, quality, version.version))
        if one.page:
            _write_page(folder, report_name("drift", as_of), one.page)
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
