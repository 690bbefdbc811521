"""`make evaluate`: run the evaluate job, publish what it found, and print it."""

import sys

from dagster import DagsterInstance

from delivery.publishing.snapshots import PUBLISHED_DATABASE
from orchestration.commands.morning_summary import evaluation_summary
from orchestration.commands.run import run_command, run_job, step
from orchestration.runs.instance import workspace_instance
from settings import Settings


def evaluate(settings: Settings) -> bool:
    """Judge, and print what came of it; True. Raises as `run_job`."""
    with workspace_instance(settings) as instance:
        judge(settings, instance)
    return True


def judge(settings: Settings, instance: DagsterInstance) -> None:
    """Run the job, publish again where a night has published before, and print the figures and the report's path."""
    with step("judging every contender in every scenario"):
        run_job(settings, instance, "evaluate")
        if (settings.paths.published / PUBLISHED_DATABASE).exists():
            run_job(settings, instance, "publish")
    print(evaluation_summary(settings))


if __name__ == "__main__":
    sys.exit(run_command(evaluate))
