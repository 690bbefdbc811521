"""A fleet that never failed: a morning by distance from normal, until there is a champion."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from delivery.pages.files import EVALUATION, report_name
from ml.scoring.from_normal import VERSION
from orchestration.assets.lineage import CHAMPION_KEY
from orchestration.commands.morning_summary import morning_summary
from orchestration.commands.run import run_job
from orchestration.runs.instance import workspace_instance
from settings import Settings, home_for
from steps.health.warehouse import warehouse_findings
from steps.score import score_nights
from warehouse.connection import connect

pytestmark = pytest.mark.xdist_group("replay")
NIGHT = datetime(2025, 3, 16, 6)


@pytest.fixture
def never_failed(replayed: Settings, tmp_path: Path) -> Iterator[Settings]:
    """The played fleet as if nothing had ever failed and nobody had trained: its mart, and no model."""
    shutil.copy(replayed.paths.warehouse, tmp_path)
    with connect(tmp_path / "warehouse.duckdb") as con:
        for table in ("ml.prediction_log", "ml.nights", "stg_failures", "outages"):
            con.execute(f"delete from {table}")
        for table in ("ml.leaderboard", "ml.cost_sensitivity", "ml.promotions", "ml.drift", "ml.drift_nights"):
            con.execute(f"drop table {table}")
        con.execute("update failure_labels set fails_any = 0 where fails_any = 1")
    paths = replayed.paths.model_copy(update={"home": tmp_path, "reports": tmp_path / "reports"})
    moved = replayed.model_copy(update={"workspace": replayed.workspace.model_copy(update={"paths": paths})})
    with home_for(tmp_path):
        yield moved


def test_a_fleet_that_never_failed_has_a_morning_and_a_champion_takes_over(
    never_failed: Settings, replayed: Settings
) -> None:
    settings = never_failed
    with workspace_instance() as instance:
        trained = run_job(settings, instance, "train")
        metadata = trained.asset_materializations_for_node("__".join(CHAMPION_KEY))[0].metadata
        assert metadata["champion"].value == "none"
        assert "hold" in str(metadata["verdict"].value)
        run_job(settings, instance, "score", nights=[NIGHT.date()])
    assert "there is no model yet" in (settings.paths.report_dir / EVALUATION).read_text()
    page = (settings.paths.report_dir / report_name("morning", NIGHT)).read_text()
    assert "distance from normal and not a probability" in page
    assert "no failure is on record" in page
    assert "5 are needed, with weeks of readings before each" in page
    summary = morning_summary(settings, NIGHT)
    assert "farthest from normal first" in summary
    with duckdb.connect(str(settings.paths.published / "nightshift.duckdb"), read_only=True) as con:
        rows = con.execute("select * from predictions where as_of = ?", [NIGHT]).df()
        ranked = con.execute("select distance_from_normal from fleet_risk_today order by risk_rank").fetchall()
        counted = [con.execute(f"select count(*) from {name}").fetchall()[0][0]
                   for name in ("alert_episodes", "model_performance", "failure_outcomes")]  # fmt: skip
    assert (len(rows), set(rows["model_version"]), bool(rows["alert"].any())) == (12, {VERSION.version}, False)
    assert rows["failure_probability"].isna().all()
    assert [row[0] for row in ranked] == sorted((row[0] for row in ranked), reverse=True)
    assert counted == [0, 0, 0], "nobody is alerted, so nothing is judged"
    drift = [finding for finding in warehouse_findings(settings) if finding.subject == "drift"]
    assert [finding.advice for finding in drift] == [""]
    for name in ("mlflow.db", "mlruns"):
        source = replayed.paths.home / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, settings.paths.home / name)
    predictions, nights = score_nights(settings, [NIGHT])
    assert set(predictions["model_version"]) == {"1"}
    assert list(nights["note"].str.contains("distance")) == [False]
