"""The leaderboard's figures: counted as they are, and no answer is no success."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.evaluation.contenders import Answer, ask_model
from ml.evaluation.leaderboard import HeldOut, board, judge
from ml.mart.columns import ANY
from ml.mart.feed_outages import without_telemetry
from ml.mart.silence import is_silent, reading_counts
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit, within
from ml.training.train import Trained
from settings import Settings


@pytest.fixture(scope="module")
def held_out(nightly: pd.DataFrame, split: TimeSplit, recipe: Recipe) -> HeldOut:
    rows = within(nightly, split.holdout_start, split.holdout_end).reset_index(drop=True)
    failing = rows[rows["fails_any"] == 1]
    failures = failing[["machine_id"]].assign(component="comp1", failed_at=failing["as_of"] + pd.Timedelta(hours=9))
    return HeldOut("as configured", rows, failures, recipe)


@pytest.fixture(scope="module")
def answer(held_out: HeldOut, trained: Trained) -> Answer:
    return ask_model(trained.model, held_out.rows)


def row_of(held_out: HeldOut, answer: Answer) -> dict[str, object]:
    return judge(held_out, answer, held_out.machine_weights())


def test_rows_positives_and_span_are_those_of_the_held_out_rows(held_out: HeldOut, answer: Answer) -> None:
    row, rows = row_of(held_out, answer), held_out.rows
    assert (row["rows"], row["positives"]) == (len(rows), int((rows["fails_any"] == 1).sum()))
    assert (row["held_out_from"], row["held_out_until"]) == (rows["as_of"].min(), rows["as_of"].max())
    assert row["failures"] == len(held_out.failures) > 2
    assert row["failures_not_looked_at"] == 0


def test_a_failure_of_a_silent_machine_is_missed_and_nobody_looked(held_out: HeldOut, answer: Answer) -> None:
    """Once for the machine that the model is surest of, at all its nights."""
    surest = held_out.rows.loc[held_out.rows["fails_any"] == 1, "machine_id"].iloc[0]
    silent = (held_out.rows["machine_id"] == surest).to_numpy()
    loud, still = row_of(held_out, answer), row_of(held_out, answer.silenced(silent))
    lost = int((held_out.failures["machine_id"] == surest).sum())
    assert still["failures_not_looked_at"] == lost > 0
    assert still["failures"] == loud["failures"]
    for name in ("recall", "average_precision", "failures_caught"):
        assert float(str(still[name])) < float(str(loud[name])), name
    assert float(str(still["cost"])) > float(str(loud["cost"]))
    assert still["macro_average_precision"] == pytest.approx(still["average_precision"], abs=0.1)
    # What was answered is as well calibrated as before.
    assert still["brier"] == pytest.approx(np.mean((answer.scores - held_out.labels)[~silent] ** 2))


def test_without_telemetry_nobody_is_looked_at(held_out: HeldOut, trained: Trained, settings: Settings) -> None:
    dark = replace(held_out, rows=without_telemetry(held_out.rows, settings.fleet))
    silent = is_silent(dark.rows, reading_counts(settings.fleet, settings.workspace.scoring))
    assert silent.all()
    answered = ask_model(trained.model, dark.rows).silenced(silent)
    row = row_of(dark, answered)
    assert (row["failures_not_looked_at"], row["failures_caught"]) == (len(dark.failures), 0)
    assert row["recall"] == 0
    for name in ("average_precision", "average_precision_low", "roc_auc", "brier", "macro_average_precision"):
        assert np.isnan(float(str(row[name]))), name
    assert np.isnan(float(str(row["false_alerts_per_machine_month"]))), "no machine-month was under watch"
    rule = Answer(np.arange(len(silent), dtype="float64"), np.zeros(len(silent), dtype=bool))
    assert board(dark, {"model": answered, "rule": rule})["contender"].tolist() == ["rule", "model"]


def test_nothing_changes_where_every_machine_speaks(held_out: HeldOut, answer: Answer) -> None:
    assert answer.silenced(np.zeros(len(answer.scores), dtype=bool)) is answer
    assert np.array_equal(answer.ranking, answer.scores)


def test_what_is_silenced_says_nothing_at_all(answer: Answer) -> None:
    silent = np.arange(len(answer.scores)) % 3 == 0
    still = answer.silenced(silent)
    assert np.array_equal(still.answered, ~silent)
    assert not still.alerts[silent].any()
    assert still.probabilities is not None
    assert still.component is not None
    assert still.probabilities[silent].isna().all(axis=None)
    assert still.probabilities[~silent][ANY].tolist() == answer.scores[~silent].tolist()
    assert still.component[silent].isna().all()
    assert still.ranking[silent].max() < still.ranking[~silent].min()
