"""Failures are told from inside the run and, where a process died, by the sensor: each run once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    JobDefinition,
    ResourceDefinition,
    build_run_status_sensor_context,
    job,
    op,
)
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from ml.mart.nights import NightNotReady
from orchestration.dagster_private import PARTITION_NAME_TAG
from orchestration.dbt.failures import DbtFailed
from orchestration.definitions import build_defs
from orchestration.jobs import JOBS
from orchestration.runs.failures import CUT_OFF, notify_on_failure, notify_step_failure
from orchestration.sensors import failure_sensors
from settings import Settings
from warehouse.connection import WarehouseBusy

pytestmark = pytest.mark.xdist_group("replay")
RUN = "0b5c3f0e-8d5f-4a57-9f2b-4a1c7a3d2b11"
DBT = "The dbt CLI process with command\n\n`dbt build`\n\nfailed with exit code `1`.\n\nFailure in test volt_known\n"


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    paths = settings.paths.model_copy(update={"home": tmp_path})
    return settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def failing(home: Settings, error: Exception, aloud: bool) -> JobDefinition:
    @op(required_resource_keys={"workspace"})
    def landing() -> None:
        raise error

    @op(required_resource_keys={"workspace"})
    def other() -> None:
        raise error

    @job(
        name="nightly",
        resource_defs={"workspace": ResourceDefinition.hardcoded_resource(home)},
        hooks={notify_step_failure} if aloud else None,
    )
    def nightly() -> None:
        landing()
        other()

    return nightly


def told(home: Settings) -> list[dict[str, Any]]:
    log = home.paths.notification_log
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def sense(home: Settings, instance: DagsterInstance, run_id: str) -> None:
    [sensor] = failure_sensors(JOBS)
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status == DagsterRunStatus.FAILURE
    [ended] = instance.all_logs(run_id, of_type=DagsterEventType.RUN_FAILURE)
    assert ended.dagster_event is not None
    context = build_run_status_sensor_context(
        sensor.name, ended.dagster_event, instance, run, resources={"workspace": home}
    ).for_run_failure()
    sensor(context)


def test_the_hook_tells_of_the_run_once_with_step_error_and_night(home: Settings, instance: DagsterInstance) -> None:
    error = NightNotReady("The mart has no row for that night: land the drops.\nmore")
    made = failing(home, error, aloud=True)
    done = made.execute_in_process(instance=instance, raise_on_error=False, tags={PARTITION_NAME_TAG: "2025-03-02"})
    [line] = told(home)
    assert line["data"]["run_id"] == done.run_id
    assert line["data"]["step"] in {"landing", "other"}
    assert line["data"]["error"] == "The mart has no row for that night: land the drops."
    assert line["title"].startswith("The nightly run of 2025-03-02 failed at ")
    sense(home, instance, done.run_id)
    assert len(told(home)) == 1


@pytest.mark.parametrize("aloud", [True, False])
def test_dbt_is_quoted_not_its_command_line(home: Settings, instance: DagsterInstance, aloud: bool) -> None:
    made = failing(home, DagsterDbtCliRuntimeError(description=DBT), aloud)
    done = made.execute_in_process(instance=instance, raise_on_error=False)
    if not aloud:
        sense(home, instance, done.run_id)
    assert told(home)[0]["data"]["error"] == "Failure in test volt_known"


@pytest.mark.parametrize("aloud", [True, False])
def test_a_failed_data_test_is_told_with_its_model_count_and_cure(
    home: Settings, instance: DagsterInstance, aloud: bool
) -> None:
    said = "The data test known of raw.machines failed: 3 rows against it. See them: dbt show."
    made = failing(home, DbtFailed(f"{said}\nThe model spine failed: Catalog Error."), aloud)
    done = made.execute_in_process(instance=instance, raise_on_error=False)
    if not aloud:
        sense(home, instance, done.run_id)
    assert told(home)[0]["data"]["error"] == f"{said} The model spine failed: Catalog Error."


def test_the_sensor_tells_what_the_hook_could_not(home: Settings, instance: DagsterInstance) -> None:
    done = failing(home, ValueError("torn: file"), aloud=False).execute_in_process(
        instance=instance, raise_on_error=False
    )
    assert told(home) == []
    sense(home, instance, done.run_id)
    sense(home, instance, done.run_id)
    [line] = told(home)
    assert line["data"]["error"] == "torn: file"
    assert line["data"]["step"] in {"landing", "other"}


def test_our_own_entry_points_tell_what_they_raise(home: Settings, instance: DagsterInstance) -> None:
    made = failing(home, NightNotReady("Land the drops."), aloud=True)
    with pytest.raises(NightNotReady), notify_on_failure(home, instance, RUN, "nightly", {}):
        made.execute_in_process(instance=instance, run_id=RUN)
    [line] = told(home)
    assert (line["data"]["run_id"], line["data"]["error"]) == (RUN, "Land the drops.")
    assert line["data"]["step"] in {"landing", "other"}


def test_what_failed_before_it_began_is_told(home: Settings, instance: DagsterInstance) -> None:
    """A graph that does not load, a pool that stays full: Dagster has no record of it, and cron does not look."""
    night = {PARTITION_NAME_TAG: "2025-03-02"}
    with pytest.raises(WarehouseBusy), notify_on_failure(home, instance, RUN, "nightly", night):
        raise WarehouseBusy("Another process writes.")
    [line] = told(home)
    assert line["title"] == "The nightly run of 2025-03-02 failed"
    assert line["data"]["error"] == "Another process writes."
    assert RUN not in line["text"]


def test_a_killed_worker_is_told_of_in_words(home: Settings, instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(failing(home, ValueError(), aloud=True))
    instance.report_run_failed(run)  # as Dagster's server does when the process that it launched is gone
    sense(home, instance, run.run_id)
    assert told(home)[0]["data"]["error"] == CUT_OFF


def test_a_run_that_died_without_a_step_failing_is_told(home: Settings, instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(failing(home, ValueError(), aloud=True))
    instance.report_run_failed(run, message="The process was killed.")
    sense(home, instance, run.run_id)
    [line] = told(home)
    assert (line["data"]["step"], line["data"]["error"]) == ("", "The process was killed.")


def test_a_webhook_that_is_down_does_not_hide_the_failure(home: Settings, instance: DagsterInstance) -> None:
    notifications = home.workspace.notifications.model_copy(update={"webhook_url": "file:///secret"})
    down = home.model_copy(update={"workspace": home.workspace.model_copy(update={"notifications": notifications})})
    done = failing(down, ValueError("torn"), aloud=True).execute_in_process(instance=instance, raise_on_error=False)
    assert "ValueError: torn" in str(done.get_step_failure_events())
    assert [line["delivery"] for line in told(down)][:2] == ["due", "failed"]


def test_every_job_is_watched_and_the_notices_come_last(settings: Settings) -> None:
    defs: Definitions = build_defs(settings)
    assert "failed_runs" in {sensor.name for sensor in defs.sensors or []}
    for name in ("build", "train", "nightly", "score", "everything"):
        assert notify_step_failure in defs.resolve_job_def(name).hook_defs, name
    graph = defs.resolve_asset_graph()
    keys = {name: {key.to_user_string() for key in defs.resolve_job_def(name).asset_layer.selected_asset_keys}
            for name in ("train", "nightly", "score")}  # fmt: skip
    assert "ml/promotion_notices" in keys["train"]
    assert "ml/notices" in keys["nightly"] & keys["score"]
    assert "ml/notices" not in keys["train"]
    assert graph.get(AssetKey(["ml", "notices"])).parent_keys >= {
        AssetKey(["published"]), AssetKey(["reports", "morning_page"])
    }  # fmt: skip
