"""What a piece of work takes: measured around it, so that the work itself looks at no clock."""

import resource
import time
from collections.abc import Callable
from typing import TypeVar

from ml.training.train import TrainingCosts

Made = TypeVar("Made")
KIB = 1024.0  # Linux counts the peak in these


def measured(work: Callable[[], Made]) -> tuple[Made, TrainingCosts]:
    """What `work` makes, the seconds it took, and the most bytes that this process has held until its end."""
    began = time.monotonic()
    done = work()
    seconds = time.monotonic() - began
    return done, TrainingCosts(seconds, KIB * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
