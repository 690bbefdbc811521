"""What a night's scoring loads: no more than it asks."""

import subprocess
import sys

from settings import ROOT

# Each takes as long to load as a small night to score.
NEVER_ASKED = "mlflow", "sklearn", "scipy.optimize", "evidently", "dagster"


def test_scoring_loads_nothing_that_trains_or_registers() -> None:
    code = f"import sys, steps.score; print(*(name for name in {NEVER_ASKED} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
