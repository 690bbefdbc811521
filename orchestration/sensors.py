"""The sensors: retraining where the published nights call for it, dead runs closed, a notice for every failed run."""

from collections.abc import Sequence
from typing import Any

from dagster import (
    DefaultSensorStatus,
    ResourceParam,
    RunFailureSensorContext,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from orchestration.assets.training import because
from orchestration.jobs import train
from orchestration.runs.dead_runs import release_dead_runs
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


@sensor(name="dead_runs", minimum_interval_seconds=30, default_status=DefaultSensorStatus.RUNNING)
def dead_runs_sensor(context: SensorEvaluationContext, workspace: ResourceParam[Settings]) -> SkipReason:
    """Tell of runs whose process is gone, close them and free the pool, so that what is queued behind them begins.

    Dagster itself watches only the runs that its daemon has launched, not those of a command such as `make night`.
    """
    closed = release_dead_runs(context.instance, workspace)
    return SkipReason(f"Closed: {', '.join(closed)}." if closed else "No run is dead.")


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
