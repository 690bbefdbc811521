from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml.evaluation.naive_lives import LIFE_RULES, kaplan_meier, median_life, straight_line
from ml.evaluation.remaining_board import (
    HeldLives,
    LifeAnswer,
    ask_life_rules,
    errors_by_life,
    held_lives,
    remaining_board,
    window_lie,
)
from ml.mart.columns import WEIGHT
from ml.mart.feature_names import replacement_clock
from ml.mart.lives import HIGH, LOW
from ml.metrics.remaining_metrics import Truth
from ml.remaining.targets import known_at
from ml.training.recipe import Recipe
from settings import Fleet, PromotionSettings, Settings
from tests.ml.remaining.wear import SEEN, START, wear

CAP, END = 168.0, START + timedelta(days=120)


def history(fleet: Fleet, *lives: float, ages: tuple[float, ...] = ()) -> pd.DataFrame:
    rows = pd.DataFrame({
        "machine_id": [f"m{place}" for place in range(len(lives))], "as_of": START, WEIGHT: 1.0, LOW: lives,
        HIGH: lives, SEEN: [-life for life in lives],
    })  # fmt: skip
    rows[replacement_clock("comp1")] = ages or np.nan
    return known_at(rows, END, CAP, fleet)


def test_the_naive_answers_by_hand(settings: Settings) -> None:
    fleet = settings.fleet
    seen = history(fleet, 10, 20, 30, 40, 160, ages=(90, 80, 70, 60, 40))
    assert kaplan_meier(seen, seen, fleet, CAP).tolist() == [30] * 5
    assert median_life(seen, seen, fleet, CAP).tolist() == [10, 20, 30, 40, 60]  # of a life of 100 in all
    assert straight_line(seen, seen, fleet, CAP) == pytest.approx([10, 20, 30, 40, 160])
    unknown = history(fleet, 10, 20, 30)
    assert median_life(unknown, unknown, fleet, CAP).tolist() == [CAP] * 3  # no age is on record


def test_the_board_ranks_what_says_more(settings: Settings, recipe: Recipe) -> None:
    rows = wear(30)
    before, after = rows[rows["as_of"] <= END - timedelta(days=40)], rows[rows["as_of"] > END - timedelta(days=39)]
    held = held_lives(after, END, recipe)
    assert held is not None
    assert held.rows["as_of"].max() <= END - timedelta(hours=CAP)
    answers = ask_life_rules(before, held, END - timedelta(days=39), recipe)
    assert list(answers) == list(LIFE_RULES)
    board = remaining_board(held, answers).set_index("contender")
    line, plain = board.loc["rule:straight_line"], board.loc["rule:kaplan_meier"]
    assert line["concordance"] > 0.9
    assert plain["concordance"] == 0.5
    assert line["rmse"] < plain["rmse"]
    assert line["coverage"] == pytest.approx(0.8, abs=0.12)
    errors = errors_by_life(held, answers)
    assert errors["rows"].sum() == (held.weights > 0).sum()
    assert held_lives(after.drop(columns=[LOW, HIGH]), END, recipe) is None
    assert held_lives(after.tail(3), END, recipe) is None  # not settled


def held_of(machines: int, share_inside: float) -> tuple[HeldLives, LifeAnswer]:
    """Each machine failed once; in so many of them inside its window."""
    rows = pd.DataFrame({"machine_id": [f"m{place}" for place in range(machines)], "as_of": START})
    life = np.where(np.arange(machines) < share_inside * machines, 15.0, 50.0)
    held = HeldLives(rows, Truth(life, life, CAP), np.ones(machines), np.arange(machines))
    return held, LifeAnswer(life, np.full(machines, 10.0), np.full(machines, 20.0))


@pytest.mark.parametrize(
    ("machines", "share", "lies"),
    [(200, 0.8, False), (200, 0.5, True), (200, 0.76, False), (20, 0.7, False), (20, 0.4, True), (9, 0.0, False)],
)
def test_windows_lie_where_they_hold_less_than_they_say_beyond_the_noise(
    settings: Settings, recipe: Recipe, machines: int, share: float, lies: bool
) -> None:
    limits: PromotionSettings = settings.workspace.promotion
    found = window_lie(*held_of(machines, share), 0.8, limits, recipe)
    assert bool(found) == lies
    if lies:
        assert f"{100 * share:.0f}% of the ends lie inside, 80% are stated" in found


def test_ends_that_nobody_knows_make_no_lie(settings: Settings, recipe: Recipe) -> None:
    held, answer = held_of(200, 0.5)
    unknown = replace(held, weights=np.where(held.truth.low == 50, 0.0, 1.0))
    assert window_lie(unknown, answer, 0.8, settings.workspace.promotion, recipe) == ""
