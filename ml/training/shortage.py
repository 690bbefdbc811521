"""Why there is too little to learn from: what has landed of the failures, where it falls, and the cure that fits."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from ml.training.time_split import TimeSplit, within
from ml.wording import counted

MIN_FAILURES = 5  # distinct ones, in what a model learns from,
MIN_ROWS = 5  # and rows before a failure, before the folds and in them
LONGEST_PAUSE_DAYS = 7


class NothingToJudge(RuntimeError):
    """No held-out night has a known outcome; the message says since when none has."""


class NotEnoughHistory(ValueError):
    """The landed history is too short to train on; the message says what is there and what is needed.

    `lack` is what is too little, `split` the nights that it was sought in, `place` where these are set.
    """

    def __init__(self, lack: "Lack", split: TimeSplit, place: str, facts: "FailureFacts | None" = None) -> None:
        self.lack, self.split, self.place = lack, split, place
        super().__init__(_sentence(self, facts))

    def explained(self, facts: "FailureFacts") -> "NotEnoughHistory":
        """The same with what has landed, and the cure for that."""
        return NotEnoughHistory(self.lack, self.split, self.place, facts)


@dataclass(frozen=True)
class Lack:
    """A span that holds too little: `found` in words, how many there are, and how many are needed."""

    span: str
    found: str
    count: int
    needed: int


def lack_of(failing: pd.DataFrame, split: TimeSplit, step: timedelta) -> Lack | None:
    """What is too little to learn from in `split`, or None.

    `failing`: machine_id and as_of of the mature rows before a failure, of whatever time; `step`: the hours between a
    machine's snapshots.
    """
    first, last = split.folds[0], split.folds[-1]
    failures = failures_in(within(failing, split.train_start, split.train_end), step)
    if failures < MIN_FAILURES:
        found = counted(failures, "failure")
        return Lack("the time before the held-out nights holds", found, failures, MIN_FAILURES)
    spans = {
        "the time before the first fold holds": within(failing, split.train_start, first.train_end),
        "the folds hold": within(failing, first.start, last.end),
    }
    for name, span in spans.items():
        if len(span) < MIN_ROWS:
            return Lack(name, f"{counted(len(span), 'mature row')} before a failure", len(span), MIN_ROWS)
    return None


def failures_in(failing: pd.DataFrame, step: timedelta) -> int:
    """How many failures the rows before one (machine_id, as_of) tell of: a machine's rows without a break are one's.

    Failures of one machine within a horizon count once: they were foreseen or missed together.
    """
    ordered = failing.sort_values(["machine_id", "as_of"])
    follows = (ordered["machine_id"] == ordered["machine_id"].shift()) & (ordered["as_of"].diff() <= step)
    return int((~follows).sum())


def still_needed(failures: int) -> str:
    """How many failures a first model lacks where `failures` are on record, in a sentence."""
    lacking = MIN_FAILURES - failures
    if lacking > 0:
        more = counted(lacking, "failure more is", "failures more are") if failures else f"{lacking} are"
        return f"{more[0].upper()}{more[1:]} needed, with weeks of readings before each."
    return "They are enough if there are weeks of readings before each: `make retrain` tells what is lacking."


@dataclass(frozen=True)
class FailureFacts:
    """What has landed that labels are made of.

    `landed`: distinct failures. `at`: the moments of those whose machine has telemetry and whose component the vars
    name. `odd`: what is odd about the feed, each a sentence with its cure. `pause`: the longest pause of all telemetry,
    where it is longer than LONGEST_PAUSE_DAYS, and how many readings lie beyond it.
    """

    landed: int
    at: Sequence[datetime] = ()
    odd: Sequence[str] = ()
    pause: tuple[datetime, datetime] | None = None
    beyond_pause: int = 0


def _sentence(short: NotEnoughHistory, facts: FailureFacts | None) -> str:
    split, lack = short.split, short.lack
    needs = (
        f"There is too little to learn from: {lack.span} {lack.found}, and {lack.needed} are needed, so "
        f"{lack.needed - lack.count} more. Training covers {split.train_start} to {split.train_end}, its folds begin "
        f"at {split.folds[0].start}, the held-out nights at {split.holdout_start}."
    )
    longer = (
        "Land a longer history, or shorten training.folds, training.fold_nights or evaluation.holdout_nights in "
        f"{short.place}."
    )
    if facts is None:
        return f"{needs} {longer}"
    return "\n".join([needs, _what_landed(facts, split), *(_cures(facts, split, short.place) or [longer])])


def _what_landed(facts: FailureFacts, split: TimeSplit) -> str:
    if not facts.landed:
        return "No failure has landed that can be used."
    told = f"{counted(facts.landed, 'failure has', 'failures have')} landed"
    if not facts.at:
        return f"{told}, none of a machine that has telemetry and of a component that the vars name."
    moments = sorted(facts.at)
    return (
        f"{told}, {len(moments):,} of machines that have telemetry and components that the vars name, from "
        f"{moments[0]} to {moments[-1]}: {_where(moments, split)}."
    )


def _where(moments: Sequence[datetime], split: TimeSplit) -> str:
    """How many lie in which part of the split, in the order of time."""
    edges = [split.train_start, split.folds[0].start, split.folds[-1].end, split.holdout_start, split.holdout_end]
    parts = [
        "before the training span", "before the folds", "within the folds", "between them and the held-out nights",
        "in the held-out nights", "after them",
    ]  # fmt: skip
    found = [bisect_right(moments, edge) for edge in edges]
    counts = [after - before for before, after in zip([0, *found], [*found, len(moments)], strict=True)]
    return ", ".join(f"{count:,} {part}" for count, part in zip(counts, parts, strict=True) if count)


def _cures(facts: FailureFacts, split: TimeSplit, place: str) -> list[str]:
    cures = list(facts.odd)
    if facts.pause is not None:
        before, after = facts.pause
        cures.append(
            f"All telemetry pauses from {before} to {after}, with {counted(facts.beyond_pause, 'reading')} beyond: "
            "if a clock was wrong, correct these times and land them in a new home; the training and the held-out "
            "nights are counted back from the last reading."
        )
    if not cures and facts.at and max(facts.at) <= split.folds[0].start:
        cures.append(
            f"No failure is known after {max(facts.at)}: land the failures since then, or shorten "
            f"evaluation.holdout_nights and training.fold_nights in {place}."
        )
    if not cures and facts.at and min(facts.at) > split.folds[-1].end:
        cures.append(
            f"No failure is known before {min(facts.at)}: land those of earlier times, or shorten "
            f"evaluation.holdout_nights and training.folds in {place}."
        )
    return cures
