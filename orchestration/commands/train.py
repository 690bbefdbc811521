"""`make train`: a challenger from what has landed, and what the gate made of it."""

import sys

from delivery.pages.files import EVALUATION
from orchestration.assets.lineage import CHAMPION_KEY
from orchestration.commands.run import plainly, run_job, step
from orchestration.runs.instance import workspace_instance
from settings import Settings


def train(settings: Settings) -> bool:
    with workspace_instance() as instance, step("training a challenger, and judging it at the gate"):
        result = run_job(settings, instance, "train")
    told = result.asset_materializations_for_node("__".join(CHAMPION_KEY))[0].metadata
    print(f"Trained       {told['trained'].value}. {told['verdict'].value}")
    print(f"Champion      {told['champion'].value}")
    print(f"Evaluation    {settings.paths.report_dir / EVALUATION}")
    return True


if __name__ == "__main__":
    sys.exit(plainly(train))
