"""Deps, exposures and published tables say what the steps read: watched on a workspace that was just played."""

import re
import shutil
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from dagster import AssetKey

from delivery.pages.drift import DriftPage
from delivery.pages.index import READS as INDEX
from delivery.pages.index import write_index
from ml.registry.run_log import RunLog
from orchestration.assets.lineage import WRITTEN_BY, assets_of
from orchestration.assets.publish_ahead import PUBLISHED_MEANWHILE
from orchestration.definitions import build_defs
from settings import ROOT, Settings
from steps import monitor
from steps.evaluate import judge_leaderboard
from steps.monitor import READS as DRIFT
from steps.monitor import report_drift
from steps.notify import PROMOTION_READS, enter_nights, enter_promotions
from steps.notify import READS as NOTICES
from steps.pages import READS as PAGES
from steps.pages import write_morning_page
from steps.publish import PUBLISHED, publish_tables
from steps.quality import READS as QUALITY
from steps.quality import keep_findings
from steps.reads import READ_BY_EVALUATION as EVALUATION
from steps.reads import READ_BY_TRAINING as TRAINING
from steps.score import READS as SCORING
from steps.score import score_nights
from steps.train import train_challenger
from tests.orchestration.touched import touched_by
from warehouse.connection import open_warehouse

pytestmark = pytest.mark.xdist_group("replay")
Step = Callable[[Settings, datetime], object]
# An asset, the tables its step reads, and the step.
STEPS: dict[str, tuple[Iterable[str], Step]] = {
    "ml/champion": (TRAINING, lambda settings, _: train_challenger(settings)),
    "ml/leaderboard": (EVALUATION, lambda settings, _: judge_leaderboard(settings, {})),
    "ml/prediction_log": (SCORING, lambda settings, night: score_nights(settings, [night])),
    "ml/drift": (DRIFT, lambda settings, night: report_drift(settings, [night])),
    "ml/data_quality": (QUALITY, lambda settings, night: keep_findings(settings, [night])),
    "reports/morning_page": (PAGES, write_morning_page),
    "reports/index": (INDEX, lambda settings, _: write_index(settings)),
    "published": (PUBLISHED.values(), lambda settings, _: publish_tables(settings)),
    "ml/notices": (NOTICES, lambda settings, night: enter_nights(settings, [night])),
    "ml/promotion_notices": (PROMOTION_READS, lambda settings, _: enter_promotions(settings)),
}
# What a step waits for beside the makers of its tables.
BESIDE = {
    "ml/leaderboard": ["ml/champion"], "ml/prediction_log": ["ml/champion"],
    "ml/data_quality": ["ml/prediction_log"], "ml/drift": ["ml/champion", "ml/prediction_log", "ml/data_quality"],
    "reports/morning_page": [
        "ml/drift", "ml/data_quality", "ml/prediction_log",
        *("/".join(key.path) for key in assets_of(PUBLISHED_MEANWHILE)),
    ],
    "reports/index": ["reports/morning_page"],
    "ml/notices": ["published", "ml/prediction_log", "ml/data_quality", "ml/drift", "reports/morning_page"],
}  # fmt: skip
EXPOSURES = {
    "published_tables": "published", "morning_page": "reports/morning_page", "notices": "ml/notices",
    "drift_report": "ml/drift", "data_quality": "ml/data_quality", "evaluation": "ml/leaderboard",
    "training": "ml/champion", "scoring": "ml/prediction_log",
}  # fmt: skip
ONLY_WHEN_NOT_READY = {"ml/prediction_log": {"fleet_clock"}}  # to say where the data end


@pytest.fixture
def copied(replayed: Settings, tmp_path: Path) -> Settings:
    """The played workspace with a warehouse and a registry of its own; its models are the same."""
    for name in ("warehouse.duckdb", "mlflow.db"):
        shutil.copy(replayed.paths.home / name, tmp_path)
    shutil.copytree(replayed.paths.home / "mlruns", tmp_path / "mlruns")
    paths = replayed.paths.model_copy(update={"home": tmp_path})
    return replayed.model_copy(update={"workspace": replayed.workspace.model_copy(update={"paths": paths})})


@pytest.mark.parametrize("asset", sorted(STEPS))
def test_a_step_reads_what_it_says_and_writes_what_is_its_own(
    asset: str, copied: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        monitor, "drift_page", lambda *_: DriftPage("", None)
    )  # seconds of drawing, in which nothing is read
    for name in ("log_figures", "log_file"):  # into files that the copy shares with other tests
        monkeypatch.setattr(RunLog, name, lambda *_: None)
    with open_warehouse(copied, read_only=True) as con:
        [(night,)] = con.execute("select max(as_of) from predictions").fetchall()
    reads, step = STEPS[asset]
    touched = touched_by(monkeypatch, lambda: step(copied, night))
    assert touched.read - touched.written == set(reads) - ONLY_WHEN_NOT_READY.get(asset, set())
    assert touched.written == {table for table, key in WRITTEN_BY.items() if "/".join(key) == asset}


def test_the_graph_has_the_deps_that_the_tables_ask_for(settings: Settings) -> None:
    graph = build_defs(settings).resolve_asset_graph()
    for asset, (reads, _) in STEPS.items():
        beside = [name.split("/") for name in BESIDE.get(asset, [])]
        assert graph.get(AssetKey(asset.split("/"))).parent_keys == set(assets_of(reads, *beside)), asset


def test_the_exposures_name_the_models_that_are_read() -> None:
    told = yaml.safe_load((ROOT / "dbt_project/models/exposures.yml").read_text())["exposures"]
    assert {exposure["name"] for exposure in told} == set(EXPOSURES)
    sources = {
        f"{source['name']}.{table['name']}"
        for path in (ROOT / "dbt_project/models").rglob("_sources.yml")
        for source in yaml.safe_load(path.read_text())["sources"]
        for table in source["tables"]
    }
    for exposure in told:
        named = {".".join(re.findall(r"'(\w+)'", text)) for text in exposure["depends_on"]}
        reads = STEPS[EXPOSURES[exposure["name"]]][0]
        assert named == {table for table in reads if "." not in table or table in sources}, exposure["name"]


def test_a_table_that_nobody_writes_has_no_asset() -> None:
    with pytest.raises(KeyError):
        assets_of(["ml.unheard_of"])
