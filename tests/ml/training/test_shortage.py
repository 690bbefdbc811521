"""Too few failures: the message says what landed and where it falls, and the cure follows the cause."""

from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest

from ml.training.shortage import FailureFacts, Lack, NotEnoughHistory, failures_in, lack_of
from ml.training.time_split import TimeSplit

DAY = timedelta(days=1)
LONGER = "Land a longer history, or shorten training.folds"


@pytest.fixture
def short(split: TimeSplit) -> NotEnoughHistory:
    return NotEnoughHistory(Lack("the folds hold", "no mature row before a failure", 0, 5), split, "workspace.toml")


def told(short: NotEnoughHistory, facts: FailureFacts) -> str:
    return str(short.explained(facts))


def test_without_facts_it_names_the_spans(short: NotEnoughHistory, split: TimeSplit) -> None:
    assert str(short).startswith(
        "There is too little to learn from: the folds hold no mature row before a failure, and 5 are needed, so 5 "
        "more. Training "
    )
    assert str(split.folds[0].start) in str(short)
    assert str(split.holdout_start) in str(short)
    assert LONGER in str(short)


def test_nothing_that_can_be_used(short: NotEnoughHistory) -> None:
    refused = "failures, PdM_failures.csv: 1 file could not be used: add the column datetime."
    text = told(short, FailureFacts(landed=0, odd=(refused,)))
    assert "No failure has landed that can be used." in text
    assert refused in text
    assert LONGER not in text
    assert LONGER in told(short, FailureFacts(landed=0))


def test_failures_that_match_no_machine(short: NotEnoughHistory) -> None:
    odd = '8 rows are of machines without telemetry ("M1" (8), telemetry has "1"): spell these ids as telemetry does.'
    text = told(short, FailureFacts(landed=8, odd=(odd,)))
    assert "8 failures have landed, none of a machine that has telemetry" in text
    assert text.endswith(odd)


def test_where_they_fall_is_counted_by_part(short: NotEnoughHistory, split: TimeSplit) -> None:
    first, last = split.folds[0], split.folds[-1]
    at = [split.train_start, first.start, first.start + DAY, last.end, split.holdout_start, split.holdout_end,
          split.holdout_end + DAY]  # fmt: skip
    text = told(short, FailureFacts(landed=9, at=at[::-1]))
    assert "9 failures have landed, 7 of machines that have telemetry" in text
    assert f"from {at[0]} to {at[-1]}" in text
    parts = ("1 before the training span, 1 before the folds, 2 within the folds, 1 between them and the held-out "
             "nights, 1 in the held-out nights, 1 after them")  # fmt: skip
    if last.end == split.holdout_start:
        parts = parts.replace("2 within", "3 within").replace("1 between them and the held-out nights, ", "")
    assert parts in text
    assert LONGER in text


def test_failures_that_end_before_the_folds_or_begin_after_them(short: NotEnoughHistory, split: TimeSplit) -> None:
    early, late = split.folds[0].start - DAY, split.folds[-1].end + DAY
    assert f"No failure is known after {early}: land the failures since then" in told(short, FailureFacts(1, (early,)))
    assert f"No failure is known before {late}: land those of earlier" in told(short, FailureFacts(1, (late,)))


def test_a_clock_that_lengthened_the_history_is_named(short: NotEnoughHistory, split: TimeSplit) -> None:
    facts = FailureFacts(1, (split.folds[0].start - 90 * DAY,))
    pause = (split.folds[0].start - 80 * DAY, split.holdout_end)
    text = told(short, replace(facts, pause=pause, beyond_pause=1))
    assert f"All telemetry pauses from {pause[0]} to {pause[1]}, with 1 reading beyond: if a clock was wrong" in text
    assert "No failure is known after" not in text


STEP = timedelta(hours=3)


def before(at: list[datetime], machine: str = "m") -> pd.DataFrame:
    """The eight rows of the day before each failure of a machine."""
    rows = [{"machine_id": machine, "as_of": moment - back * STEP} for moment in at for back in range(1, 9)]
    return pd.DataFrame(rows, columns=["machine_id", "as_of"])


def test_a_failure_is_counted_once_however_many_rows_lie_before_it() -> None:
    noon = datetime(2025, 1, 10, 12)
    twice = pd.concat([before([noon, noon + 3 * DAY]), before([noon], "other")])
    assert failures_in(twice.sample(frac=1, random_state=1), STEP) == 3
    assert failures_in(before([noon, noon + STEP]), STEP) == 1, "foreseen or missed together"
    assert failures_in(before([]), STEP) == 0


def test_what_lacks_is_told_until_nothing_does(split: TimeSplit) -> None:
    start, fold = split.folds[0].train_end, split.folds[0].start
    earlier = [start - 2 * back * DAY for back in range(1, 5)]
    lack = lack_of(before(earlier), split, STEP)
    assert lack == Lack("the time before the held-out nights holds", "4 failures", 4, 5)
    lack = lack_of(before([*earlier, start - 12 * DAY]), split, STEP)
    assert lack == Lack("the folds hold", "no mature row before a failure", 0, 5)
    assert lack_of(before([*earlier, fold + 2 * DAY]), split, STEP) is None
    late = [split.folds[-1].end - back * DAY for back in range(0, 10, 2)]
    lack = lack_of(before(late), split, STEP)
    assert lack is not None
    assert lack.span.startswith("the time before the first fold")
