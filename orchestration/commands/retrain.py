"""`make retrain`: the training that drift or fallen quality calls for, where no daemon runs the sensor."""

import sys

from orchestration.assets.training import because
from orchestration.commands.run import run_command, run_job, step
from orchestration.runs.instance import workspace_instance
from settings import Settings
from steps.retrain import retraining_verdict


def retrain(settings: Settings) -> bool:
    """Print what `train_if_called_for` returns; True."""
    print(train_if_called_for(settings))
    return True


def train_if_called_for(settings: Settings) -> str:
    """Train where the published nights call for it, as `retraining_sensor` does; returns the reason for or against."""
    verdict = retraining_verdict(settings)
    if verdict.reason is None:
        return f"No training. {verdict.why_not}"
    with workspace_instance(settings) as instance, step(f"training: {verdict.reason}"):
        run_job(settings, instance, "train", config=because(verdict.reason))
    return f"Trained: {verdict.reason}."


if __name__ == "__main__":
    sys.exit(run_command(retrain))
