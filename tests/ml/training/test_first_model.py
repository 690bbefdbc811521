"""The first model is called for where training would have enough, and not a failure earlier."""

import pytest

from ml.training.first_model import first_model_verdict
from tests.ml.training.test_shrinking import ASKED, KNOWN, failing


@pytest.mark.parametrize("days_ago", [[], [100], [100, 90, 80, 20]])
def test_what_is_lacking_is_told_in_one_sentence(days_ago: list[int]) -> None:
    reason, why_not = first_model_verdict(failing(days_ago), KNOWN, ASKED)
    assert reason is None
    assert why_not.startswith("No model scores yet: ")
    assert " are needed, so " in why_not


@pytest.mark.parametrize("days_ago", [[100, 90, 80, 70, 20], list(range(2, 120, 4))])
def test_enough_is_enough(days_ago: list[int]) -> None:
    reason, why_not = first_model_verdict(failing(days_ago), KNOWN, ASKED)
    assert why_not == ""
    assert f"first {len(days_ago)} failures" in str(reason)
