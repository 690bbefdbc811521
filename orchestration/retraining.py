"""Retraining between two weekly trainings, where the published nights call for it."""

from dagster import ResourceParam, RunRequest, SensorDefinition, SkipReason, sensor

from ml.retraining import retraining_verdict
from orchestration.jobs import train
from orchestration.training import because
from settings import Settings


@sensor(job=train, name="retraining_sensor", minimum_interval_seconds=600)
def retraining_sensor(workspace: ResourceParam[Settings]) -> RunRequest | SkipReason:
    """Ask for a training when drift is sustained or quality has fallen with it: once a night, with the reason."""
    verdict = retraining_verdict(workspace)
    if verdict.reason is None or verdict.night is None:
        return SkipReason(verdict.why_not)
    return RunRequest(run_key=f"{verdict.night:%Y-%m-%d}", run_config=because(verdict.reason))


SENSORS: list[SensorDefinition] = [retraining_sensor]
