"""The evaluation as a step: judge, write the tables, log the figures, write the report."""

import logging
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from delivery.pages.evaluation.page import render_evaluation
from delivery.pages.files import EVALUATION, write_report
from delivery.pages.templating import render
from ml.evaluation.decision import CHAMPION
from ml.evaluation.evaluate import EvaluationResult, Registered, evaluate
from ml.models.compatibility import misfits
from ml.models.version import ModelVersion
from ml.progress import CountedProgress, untold
from ml.registry.registry import Registry, registry
from settings import Settings
from steps.compatibility import require_fit
from warehouse.connection import open_warehouse
from warehouse.tables import column_names, replace_rows

log = logging.getLogger(__name__)


def judge_leaderboard(
    settings: Settings, other_warehouses: Mapping[str, Path], progress: CountedProgress = untold
) -> tuple[pd.DataFrame, Path]:
    """Rebuild `ml.leaderboard` and `ml.cost_sensitivity` and the evaluation report; returns the table and the page.

    `other_warehouses`: for each mart of `rebuilt_marts` the file that holds it. Raises NoChampion where there is none,
    or where the vars have changed since it was trained.
    """
    models = registry(settings)
    champion, challenger = _that_fit(models, settings)
    tuning, asked = models.runs.tuning(champion[1]), _with_folds_of(champion[1], settings)
    result = evaluate(champion, challenger, tuning, other_warehouses, asked, progress)
    for note in result.notes:
        log.warning("%s", note)
    with open_warehouse(settings) as con:
        replace_rows(con, "ml.leaderboard", result.table)
        replace_rows(con, "ml.cost_sensitivity", result.sensitivity)
    html = render_evaluation(result, models.warnings(), settings, models.decisions.promotions())
    page = write_report(settings.paths.report_dir, EVALUATION, html)
    models.runs.log_figures(result.version, mlflow_figures(result))
    models.runs.log_file(result.version, page)
    return result.table, page


def require_judgeable(settings: Settings) -> None:
    """Raise NoChampion as `judge_leaderboard` does, at once: what it is handed takes minutes to build."""
    _that_fit(registry(settings), settings)


def _that_fit(models: Registry, settings: Settings) -> tuple[Registered, Registered | None]:
    """The champion, and the challenger unless it was trained under other vars."""
    champion, challenger = models.champion(), models.find_challenger()
    with open_warehouse(settings, read_only=True) as con:
        columns = column_names(con, "feature_mart")
    require_fit(*champion, columns, settings.fleet)
    return champion, None if challenger and misfits(challenger[0].card, columns, settings.fleet) else challenger


def _with_folds_of(version: ModelVersion, settings: Settings) -> Settings:
    """The settings with the folds that `version` was trained by, whose nights `tuning` holds: they may be fewer."""
    runs, workspace = registry(settings).runs, settings.workspace
    made_by = runs.recipe_of(runs.run_id(version))["training"]
    folds = {name: made_by[name] for name in ("folds", "fold_nights")}
    training = workspace.training.model_copy(update=folds)
    return settings.model_copy(update={"workspace": workspace.model_copy(update={"training": training})})


def write_unjudged(settings: Settings, why: str) -> Path:
    """Write the evaluation report of a fleet that has too few failures for a first model: what nobody can judge yet."""
    return write_report(settings.paths.report_dir, EVALUATION, render("unjudged.html.j2", why=why))


def announce_evaluation(settings: Settings) -> None:
    """Let the morning's links find a page that says what is to come, where there is no evaluation report yet."""
    if not (settings.paths.report_dir / EVALUATION).exists():
        write_report(settings.paths.report_dir, EVALUATION, render("awaited.html.j2"))


def unjudged_page(settings: Settings) -> Path | None:
    """The report that a training without enough failures has left, for a fleet without a champion."""
    page = settings.paths.report_dir / EVALUATION
    return page if page.exists() else None


def mlflow_figures(result: EvaluationResult) -> dict[str, float]:
    """The champion's figures of every scenario, by `scenario/figure`."""
    own = result.table[result.table["contender"] == CHAMPION]
    kept = ("average_precision", "share_caught", "false_alerts_per_machine_month", "cost")
    return {
        f"{re.sub(r'[^a-z0-9]+', '_', str(row['scenario']))}/{name}": float(row[name])
        for row in own.to_dict("records")
        for name in kept
        if pd.notna(row[name])
    }
