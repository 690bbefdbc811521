"""The gate: who may become champion."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from ml.evaluation.contenders import Answer
from ml.evaluation.gate import Decision, decide
from ml.evaluation.leaderboard import HeldOut
from ml.training.recipe import Recipe

NIGHTS, MACHINES = 30, 40
CONFIDENCE = 0.9


@pytest.fixture(scope="module")
def held_out(recipe: Recipe) -> HeldOut:
    rng = np.random.default_rng(2)
    nights = [datetime(2025, 3, 1, 6) + timedelta(days=night) for night in range(NIGHTS)]
    rows = pd.DataFrame(
        [(f"m{m}", night) for night in nights for m in range(MACHINES)], columns=["machine_id", "as_of"]
    )
    rows["fails_any"] = (rng.random(len(rows)) < 0.05).astype(float)
    failing = rows[rows["fails_any"] == 1]
    failures = pd.DataFrame(
        {"machine_id": failing["machine_id"], "component": "comp1", "failed_at": failing["as_of"] + timedelta(hours=20)}
    )
    return HeldOut("as configured", rows, failures, recipe)


def answer(held_out: HeldOut, noise: float, seed: int) -> Answer:
    """Scores that see the failures through so much noise."""
    scores = held_out.labels + noise * np.random.default_rng(seed).normal(size=len(held_out.labels))
    return Answer(scores, scores >= 0.5)


def gate(held_out: HeldOut, challenger: Answer, champion: Answer | None, rule_noise: float = 2.0) -> Decision:
    answers = {"challenger": challenger, "rule:any_error_24h": answer(held_out, rule_noise, 9)}
    if champion is not None:
        answers["champion"] = champion
    return decide(held_out, answers, {}, CONFIDENCE, first=champion is None)


def test_a_better_challenger_becomes_champion(held_out: HeldOut) -> None:
    decision = gate(held_out, answer(held_out, 0.2, 1), answer(held_out, 0.6, 2))
    assert decision.promoted
    assert decision.trusted
    assert set(decision.figures) == {"challenger", "champion", "rule:any_error_24h"}


def test_a_worse_challenger_is_refused(held_out: HeldOut) -> None:
    decision = gate(held_out, answer(held_out, 0.6, 1), answer(held_out, 0.2, 2))
    assert not decision.promoted
    assert decision.reason.startswith("Worse than the champion: average precision 0.")


def test_a_tie_keeps_the_champion(held_out: HeldOut) -> None:
    same = answer(held_out, 0.4, 1)
    decision = gate(held_out, same, Answer(same.scores.copy(), same.alerts.copy()))
    assert not decision.promoted
    assert decision.reason.startswith("A tie keeps the champion")


def test_within_the_noise_the_fresher_model_goes_on(held_out: HeldOut) -> None:
    decision = gate(held_out, answer(held_out, 0.4, 1), answer(held_out, 0.4, 2))
    assert decision.promoted


def test_who_does_not_beat_a_rule_is_refused_however_bad_the_champion(held_out: HeldOut) -> None:
    decision = gate(held_out, answer(held_out, 0.6, 1), answer(held_out, 3.0, 2), rule_noise=0.1)
    assert not decision.promoted
    assert "does not beat rule:any_error_24h" in decision.reason


def test_the_first_model_scores_all_the_same_but_is_not_trusted(held_out: HeldOut) -> None:
    decision = gate(held_out, answer(held_out, 0.6, 1), None, rule_noise=0.1)
    assert decision.promoted
    assert not decision.trusted
    assert "It scores all the same" in decision.reason


def test_a_leak_is_refused_though_it_beats_everyone(held_out: HeldOut) -> None:
    answers = {"challenger": answer(held_out, 0.0, 1), "champion": answer(held_out, 0.6, 2)}
    decision = decide(held_out, answers, {"repair_ticket": 0.999}, CONFIDENCE, first=False)
    assert not decision.promoted
    assert "Too good to be true: repair_ticket (average precision 0.999 alone)" in decision.reason


def test_no_failure_shows_nothing(held_out: HeldOut, recipe: Recipe) -> None:
    quiet = HeldOut("as configured", held_out.rows.assign(fails_any=0.0), held_out.failures.head(0), recipe)
    assert not gate(quiet, answer(held_out, 0.2, 1), answer(held_out, 0.6, 2)).promoted
