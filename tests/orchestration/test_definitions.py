"""The asset graph: unbroken from raw files to reports, with one writer."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from dagster import AssetKey, AssetSelection, DagsterInstance, Definitions, build_schedule_context, in_process_executor
from dagster import ScheduleDefinition as Schedule

from orchestration.assets.monitoring import drift_checks
from orchestration.definitions import build_defs
from orchestration.jobs import JOBS, schedules
from orchestration.pools import WAREHOUSE
from settings import ROOT, Settings

pytestmark = pytest.mark.xdist_group("replay")


@pytest.fixture(scope="module")
def defs(settings: Settings) -> Definitions:
    return build_defs(settings)


@pytest.mark.parametrize(
    "end", [["ml", "champion"], ["ml", "prediction_log"], ["ml", "drift"], ["reports", "morning_page"], ["published"]]
)
def test_lineage_reaches_back_to_the_raw_files(defs: Definitions, end: list[str]) -> None:
    graph = defs.resolve_asset_graph()
    upstream = AssetSelection.assets(AssetKey(end)).upstream().resolve(graph)
    assert AssetKey(["raw", "telemetry"]) in upstream
    assert AssetKey(["feature_mart"]) in upstream


def test_every_dbt_model_is_an_asset_and_its_tests_are_checks(defs: Definitions) -> None:
    models = {path.stem for path in (ROOT / "dbt_project/models").rglob("*.sql")}
    graph = defs.resolve_asset_graph()
    missing = models - {key.path[-1] for key in graph.get_all_asset_keys()}
    assert missing == {"early_readings", "regime_days"}  # made only where the vars ask for wear or regimes
    assert len(graph.asset_check_keys) >= 20


def test_every_step_that_opens_the_warehouse_is_in_the_pool(defs: Definitions) -> None:
    """All but those that post what has been read (see assets/test_notices) or read the published copy."""
    outside = {definition.op.name for definition in defs.assets or [] if definition.op.pool != WAREHOUSE}  # type: ignore[union-attr]
    assert outside == {"ml__notices_sent", "ml__promotion_notices_sent", "metrics"}


def test_the_steps_of_a_run_share_a_process(defs: Definitions) -> None:
    assert {defs.resolve_job_def(job.name).executor_def for job in JOBS} == {in_process_executor}


def test_the_jobs_hold_what_they_say(defs: Definitions) -> None:
    assert {job.name for job in JOBS} == {
        "build",
        "train",
        "challenge",
        "evaluate",
        "rollback",
        "score",
        "nightly",
        "publish",
        "everything",
        "housekeeping",
        "full_test",
    }
    for job in JOBS:
        assert defs.resolve_job_def(job.name).all_node_defs, job.name


def test_the_nightly_schedule_asks_for_the_night_of_its_day(defs: Definitions, settings: Settings) -> None:
    nightly = next(s for s in schedules(settings) if s.name == "nightly_schedule")
    assert isinstance(nightly, Schedule)
    assert nightly.cron_schedule == "15 6 * * *"
    with DagsterInstance.ephemeral() as instance:
        context = build_schedule_context(
            instance,
            scheduled_execution_time=datetime(2025, 3, 9, 6, 15, tzinfo=UTC),
            repository_def=defs.get_repository_def(),
        )
        requests = nightly.evaluate_tick(context).run_requests or []
    assert [(r.partition_key, r.run_key) for r in requests] == [("2025-03-09", "2025-03-09")]


def test_plain_dagster_loads_the_graph(settings: Settings) -> None:
    command = [str(Path(sys.executable).with_name("dagster")), "definitions", "validate"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "All code locations passed validation" in done.stderr + done.stdout


def test_a_drifted_night_and_fallen_quality_fail_their_checks() -> None:
    nights = pd.DataFrame({
        "as_of": pd.to_datetime(["2025-03-02 06:00", "2025-03-01 06:00"]), "summary": ["volt drifted", "No drift."],
        "drifted": [True, False], "quality_fallen": [False, True],
    })  # fmt: skip
    assert {check.check_name: check.passed for check in drift_checks(nights)} == {
        "no_drift": False, "quality_holds": True,
    }  # fmt: skip
    assert [check.passed for check in drift_checks(nights.tail(1))] == [True, False]


def test_data_quality_drift_freshness_and_leaks_are_checks_of_their_assets(defs: Definitions) -> None:
    checks = {(key.asset_key.path[-1], key.name) for key in defs.resolve_asset_graph().asset_check_keys}
    assert {
        ("champion", "beats_the_naive_rules"), ("champion", "no_column_knows_the_future"),
        ("prediction_log", "telemetry_is_fresh"), ("drift", "no_drift"), ("drift", "quality_holds"),
    } <= checks  # fmt: skip
