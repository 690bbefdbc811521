"""`make train`: train a challenger on what has landed, and print the gate's decision."""

import sys

from delivery.pages.files import EVALUATION
from orchestration.assets.lineage import CHAMPION_KEY
from orchestration.assets.training import NO_MODEL
from orchestration.commands.run import run_command, run_job, step
from orchestration.runs.instance import workspace_instance
from settings import Settings


def train(settings: Settings) -> bool:
    """Run the job and print versions, decision and the report's path; whether there is a model. Raises as `run_job`."""
    with workspace_instance(settings) as instance, step("training a challenger, and judging it at the gate"):
        result = run_job(settings, instance, "train")
    metadata = result.asset_materializations_for_node("__".join(CHAMPION_KEY))[0].metadata
    if metadata["champion"].value == NO_MODEL:
        print(f"\n{metadata['verdict'].value}", file=sys.stderr)
        return False
    print(f"Trained       {metadata['trained'].value}. {metadata['verdict'].value}")
    print(f"Champion      {metadata['champion'].value}")
    print(f"Evaluation    {settings.paths.report_dir / EVALUATION}")
    return True


if __name__ == "__main__":
    sys.exit(run_command(train))
