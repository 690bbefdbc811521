"""The sensor's request: a training a night, with the reason handed to the job that stores it."""

from datetime import datetime

import pytest
from dagster import (
    DagsterInstance,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SkipReason,
    build_asset_context,
    build_schedule_context,
    build_sensor_context,
    validate_run_config,
)

from ml.progress import untold
from orchestration import sensors as retraining
from orchestration.assets import training
from orchestration.definitions import build_defs
from orchestration.sensors import dead_runs_sensor, retraining_sensor
from settings import Settings
from steps.retrain import Verdict

pytestmark = pytest.mark.xdist_group("replay")
NIGHT = datetime(2025, 3, 9, 6)
CHAMPION = "ml__champion"


@pytest.fixture(scope="module")
def defs(settings: Settings) -> Definitions:
    return build_defs(settings)


def asked(defs: Definitions, settings: Settings, verdict: Verdict, monkeypatch: pytest.MonkeyPatch) -> list[RunRequest]:
    monkeypatch.setattr(retraining, "retraining_verdict", lambda _: verdict)
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(
            instance, repository_def=defs.get_repository_def(), resources={"workspace": settings}
        )
        return list(retraining_sensor.evaluate_tick(context).run_requests or [])


def test_a_reason_becomes_one_training_a_night(
    defs: Definitions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    [request] = asked(defs, settings, Verdict(NIGHT, "drift on 3 nights"), monkeypatch)
    assert request.run_key == "2025-03-09"
    assert request.run_config["ops"][CHAMPION]["config"]["reason"] == "drift on 3 nights"
    assert validate_run_config(defs.resolve_job_def("train"), request.run_config)


def test_no_reason_is_skipped_in_words(defs: Definitions, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(defs, settings, Verdict(NIGHT, None, "The night did not drift."), monkeypatch) == []
    monkeypatch.setattr(retraining, "retraining_verdict", lambda _: Verdict(NIGHT, None, "The night did not drift."))
    skipped = retraining_sensor(build_sensor_context(resources={"workspace": settings}))
    assert isinstance(skipped, SkipReason)
    assert skipped.skip_message == "The night did not drift."


def test_the_weekly_training_says_so(defs: Definitions) -> None:
    with DagsterInstance.ephemeral() as instance:
        context = build_schedule_context(
            instance, scheduled_execution_time=datetime(2025, 3, 10, 9), repository_def=defs.get_repository_def()
        )
        [request] = defs.resolve_schedule_def("weekly_schedule").evaluate_tick(context).run_requests or []
    assert request.run_config["ops"][CHAMPION]["config"] == {"reason": "weekly"}
    assert validate_run_config(defs.resolve_job_def("train"), request.run_config)


def test_the_reason_reaches_the_training(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_with: list[object] = []

    def stop(*arguments: object) -> None:
        asked_with.extend(arguments)
        raise InterruptedError

    monkeypatch.setattr("steps.train.train_challenger", stop)
    config = training.TrainingConfig(**training.because("drift on 3 nights")["ops"][CHAMPION]["config"])
    with pytest.raises(InterruptedError):
        list(training.champion(build_asset_context(), config, workspace=settings, progress=untold))  # type: ignore[call-overload]
    assert asked_with == [settings, None, "drift on 3 nights", untold]


def test_dead_runs_are_closed_by_the_daemon_too(
    defs: Definitions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_with: list[object] = []

    def release(*arguments: object) -> list[str]:
        asked_with.extend(arguments)
        return ["run one"]

    monkeypatch.setattr(retraining, "release_dead_runs", release)
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(
            instance, repository_def=defs.get_repository_def(), resources={"workspace": settings}
        )
        assert dead_runs_sensor.evaluate_tick(context).skip_message == "Closed: run one."
    assert asked_with == [instance, settings]
    assert defs.resolve_sensor_def("dead_runs").default_status == DefaultSensorStatus.RUNNING


def test_the_definitions_hold_it(defs: Definitions) -> None:
    assert defs.resolve_sensor_def("retraining_sensor").job_name == "train"
