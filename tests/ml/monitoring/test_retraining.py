"""When a new model is called for: each rule, and where its facts come from."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from ml.monitoring.retraining import retraining_reason
from settings import RetrainingSettings

RULES = RetrainingSettings(sustained_nights=3, quality_nights=28, quality_drop=0.1, cooldown_days=14)
TONIGHT = datetime(2025, 6, 30, 6)
DAY = timedelta(days=1)
LONG_AGO = TONIGHT - 100 * DAY


def nights(drifted: str, fallen: bool = False, version: str = "1") -> pd.DataFrame:
    """One letter a night up to TONIGHT: d drifted, l lost readings alone, s steady, n not judged."""
    frame = pd.DataFrame({
        "as_of": [TONIGHT - back * DAY for back in reversed(range(len(drifted)))],
        "drifted": [letter in "dl" for letter in drifted],
        "moved": [letter == "d" for letter in drifted],
        "judged": [letter != "n" for letter in drifted],
        "model_version": version,
        "quality": 0.4, "quality_high": 0.5, "quality_at_gate": 0.7, "quality_fallen": False,
    })  # fmt: skip
    frame.loc[frame.index[-1], "quality_fallen"] = fallen
    return frame


@pytest.mark.parametrize(
    ("drifted", "asked"),
    [("sddd", True), ("ddd", True), ("dddd", True), ("dd", False), ("dsdd", False), ("ddds", False), ("sss", False),
     ("ddnd", True), ("dnd", False), ("dddn", False), ("nnn", False),
     ("llll", False), ("ddld", False)],
)  # fmt: skip
def test_drift_must_last(drifted: str, asked: bool) -> None:
    reason = retraining_reason(nights(drifted), LONG_AGO, RULES)
    assert (reason is not None) == asked
    assert reason is None or "3 judged nights in a row" in reason
    assert retraining_reason(nights(drifted).sample(frac=1, random_state=3), LONG_AGO, RULES) == reason


def test_fallen_quality_needs_drift_tonight_and_no_row_of_nights() -> None:
    reason = retraining_reason(nights("sssd", fallen=True), LONG_AGO, RULES)
    assert reason == ("drift on 2025-06-30, and average precision fell from 0.70 at the gate to 0.40 (at most 0.50)")
    assert retraining_reason(nights("ddds", fallen=True), LONG_AGO, RULES) is None
    assert retraining_reason(nights("sssd"), LONG_AGO, RULES) is None


@pytest.mark.parametrize(("days", "asked"), [(0, False), (13, False), (14, True), (-30, False)])
def test_not_so_soon_after_the_last_training(days: int, asked: bool) -> None:
    """A training on data later than the night (history played again) stands in the way as well."""
    for found in (nights("ddd"), nights("d", fallen=True)):
        assert (retraining_reason(found, TONIGHT - days * DAY, RULES) is not None) == asked


def test_without_any_training_on_record_drift_alone_decides() -> None:
    assert retraining_reason(nights("ddd"), None, RULES)


def test_what_an_earlier_champion_drifted_from_says_nothing() -> None:
    found = nights("ddd")
    found.loc[found.index[0], "model_version"] = "0"
    assert retraining_reason(found, LONG_AGO, RULES) is None


def test_no_night_no_reason() -> None:
    assert retraining_reason(pd.DataFrame(), None, RULES) is None


def test_nights_judged_by_an_older_version_count_as_not_judged() -> None:
    found = nights("ddd").astype({"judged": object, "moved": object, "quality_fallen": object})
    found.loc[found.index[:1], ["judged", "moved", "quality_fallen"]] = float("nan")
    assert retraining_reason(found, LONG_AGO, RULES) is None
    found.loc[found.index[-1], ["judged", "moved", "quality_fallen"]] = float("nan")
    assert retraining_reason(found, LONG_AGO, RULES) is None
