"""`make evaluate`: the evaluate job, and where its report stands."""

import sys

from delivery.pages.files import EVALUATION
from orchestration.commands.run import plainly, run_job, step
from orchestration.runs.instance import workspace_instance
from settings import Settings


def evaluate(settings: Settings) -> bool:
    with workspace_instance() as instance, step("judging every contender in every scenario"):
        run_job(settings, instance, "evaluate")
    print(f"Evaluation    {settings.paths.report_dir / EVALUATION}")
    return True


if __name__ == "__main__":
    sys.exit(plainly(evaluate))
