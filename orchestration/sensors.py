"""The sensors: retraining where the published nights call for it, and a notice for every failed run."""

from collections.abc import Sequence
from typing import Any

from dagster import (
    DefaultSensorStatus,
    ResourceParam,
    RunFailureSensorContext,
    RunRequest,
    SensorDefinition,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from orchestration.assets.training import because
from orchestration.jobs import train
from orchestration.runs.failures import notify_failed_run
from settings import Settings
from steps.retrain import retraining_verdict


@sensor(job=train, name="retraining_sensor", minimum_interval_seconds=600)
def retraining_sensor(workspace: ResourceParam[Settings]) -> RunRequest | SkipReason:
    """Ask for a training when drift is sustained or quality has fallen with it: once a night, with the reason."""
    verdict = retraining_verdict(workspace)
    if verdict.reason is None or verdict.night is None:
        return SkipReason(verdict.why_not)
    return RunRequest(run_key=f"{verdict.night:%Y-%m-%d}", run_config=because(verdict.reason))


def failure_sensors(jobs: Sequence[Any]) -> list[SensorDefinition]:
    """The sensor behind the failure hook: runs of `jobs` that failed without calling it, as killed ones do."""

    @run_failure_sensor(
        name="failed_runs",
        monitored_jobs=list(jobs),
        default_status=DefaultSensorStatus.RUNNING,
        description="Notify of failed runs, also of those whose process was killed.",
    )
    def failed_runs(context: RunFailureSensorContext, workspace: ResourceParam[Settings]) -> None:
        problem = notify_failed_run(
            workspace, context.instance, context.dagster_run, context.failure_event.message or ""
        )
        if problem:
            context.log.warning(problem)

    return [failed_runs]
