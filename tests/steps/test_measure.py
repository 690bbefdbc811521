"""What a training took, measured around it."""

import time

import numpy as np

from steps.measure import measured


def test_seconds_and_peak_bytes_are_those_of_the_work() -> None:
    def work() -> str:
        np.ones(300_000_000 // 8).sum()
        time.sleep(0.2)
        return "done"

    done, costs = measured(work)
    assert done == "done"
    assert 0.2 <= costs.train_seconds < 30
    assert 300_000_000 < costs.train_peak_bytes < 100e9, "bytes, not kibibytes"
