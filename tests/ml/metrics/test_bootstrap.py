import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from ml.metrics.bootstrap import average_precisions, interval, machine_weights


@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans(), st.sampled_from(["a", "b", "c"])),
        min_size=2, max_size=30,
    ),
    st.integers(0, 5),
)  # fmt: skip
def test_each_draw_is_scikit_learns_average_precision(rows: list[tuple[float, bool, str]], seed: int) -> None:
    scores, labels = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])
    weights = machine_weights(pd.Series([row[2] for row in rows]), 20, seed)
    found = average_precisions(labels, scores, weights)
    for draw, value in zip(weights.T, found, strict=True):
        if (draw * labels).sum() == 0:
            assert np.isnan(value)
        else:
            assert np.isclose(value, average_precision_score(labels, scores, sample_weight=draw))


def test_whole_machines_are_drawn() -> None:
    machines = pd.Series(["a", "b", "a", "c", "b"])
    weights = machine_weights(machines, 500, 1)
    assert (weights[0] == weights[2]).all()
    assert (weights[1] == weights[4]).all()
    assert (weights[[0, 1, 3]].sum(axis=0) == 3).all()
    assert abs(weights.mean() - 1) < 0.1


def test_the_interval_holds_its_share_and_skips_what_is_unknown() -> None:
    low, high = interval(np.append(np.linspace(0, 1, 1001), np.nan), 0.9)
    assert (round(low, 3), round(high, 3)) == (0.05, 0.95)
    assert np.isnan(interval(np.array([np.nan]), 0.9)).all()
