"""`make evaluate`: the evaluate job, and where its report stands."""

import os
import sys

from ml.evaluate_step import REPORT
from ml.registry import NoChampion
from orchestration.instance import workspace_instance
from orchestration.replay import EXPECTED, run_job, step
from settings import ROOT, load_settings


def main() -> int:
    os.chdir(ROOT)
    try:
        settings = load_settings()
        with workspace_instance() as instance, step("judging every contender in every scenario"):
            run_job(settings, instance, "evaluate")
    except (*EXPECTED, NoChampion) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"Evaluation    {settings.paths.report_dir / REPORT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
