"""Why there is too little to learn from: what has landed of the failures, where it falls, and the cure that fits."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ml.training.time_split import TimeSplit
from ml.wording import counted

MIN_FAILURES = 5  # of a target, in what a model learns from
LONGEST_PAUSE_DAYS = 7


class NotEnoughHistory(ValueError):
    """The landed history is too short to train on; the message says what is there and what is needed.

    `span` is what lacks failures, of the mature rows in it `failing` lie before one, and `needed` must.
    """

    def __init__(
        self, span: str, failing: int, needed: int, split: TimeSplit, facts: "FailureFacts | None" = None
    ) -> None:
        self.span, self.failing, self.needed, self.split = span, failing, needed, split
        super().__init__(_sentence(self, facts))

    def explained(self, facts: "FailureFacts") -> "NotEnoughHistory":
        """The same with what has landed, and the cure for that."""
        return NotEnoughHistory(self.span, self.failing, self.needed, self.split, facts)


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
    split = short.split
    needs = (
        f"There is too little to learn from: {short.span} {counted(short.failing, 'mature row')} before a failure, and "
        f"{short.needed} are needed. Training covers {split.train_start} to {split.train_end}, its folds begin at "
        f"{split.folds[0].start}, the held-out nights at {split.holdout_start}."
    )
    longer = (
        "Land a longer history, or shorten training.folds, training.fold_nights or evaluation.holdout_nights in "
        "workspace.toml."
    )
    if facts is None:
        return f"{needs} {longer}"
    return "\n".join([needs, _what_landed(facts, split), *(_cures(facts, split) or [longer])])


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


def _cures(facts: FailureFacts, split: TimeSplit) -> list[str]:
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
            "evaluation.holdout_nights and training.fold_nights in workspace.toml."
        )
    if not cures and facts.at and min(facts.at) > split.folds[-1].end:
        cures.append(
            f"No failure is known before {min(facts.at)}: land those of earlier times, or shorten "
            "evaluation.holdout_nights and training.folds in workspace.toml."
        )
    return cures
