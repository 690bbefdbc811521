"""`make evaluate`: run the evaluate job, and print where its report is."""

import sys

from delivery.pages.files import EVALUATION
from orchestration.commands.run import run_command, run_job, step
from orchestration.runs.instance import workspace_instance
from settings import Settings


def evaluate(settings: Settings) -> bool:
    """Run the job and print the report's path; True. Raises as `run_job`."""
    with workspace_instance(settings) as instance, step("judging every contender in every scenario"):
        run_job(settings, instance, "evaluate")
    print(f"Evaluation    {settings.paths.report_dir / EVALUATION}")
    return True


if __name__ == "__main__":
    sys.exit(run_command(evaluate))
