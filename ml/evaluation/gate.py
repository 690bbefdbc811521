"""The gate between a challenger and the table people trust."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np

from ml.arrays import Floats
from ml.evaluation.contenders import Answer
from ml.evaluation.leaderboard import HeldOut, judge
from ml.evaluation.naive_rules import RULES
from ml.metrics.bootstrap import average_precisions
from ml.wording import rate

CHALLENGER, CHAMPION = "challenger", "champion"
KEPT = ("average_precision", "failures", "failures_caught", "needless_visits", "precision", "recall", "cost")


@dataclass(frozen=True)
class Decision:
    """What the gate said, why, and on which figures: contender to name to value, all on the same rows.

    `leaks`: columns that look like the future, to their average precision alone. `trusted`: it beats every naive rule
    and has no such column.
    """

    promoted: bool
    trusted: bool
    reason: str
    rows: int
    positives: int
    held_out_from: str
    held_out_until: str
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    leaks: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """The decision as JSON values, as the decision log keeps it."""
        return asdict(self)


def decide(
    held_out: HeldOut, answers: Mapping[str, Answer], leaks: Mapping[str, float], confidence: float, first: bool
) -> Decision:
    """Judge `challenger` against the rules and, unless it is the `first` model, against `champion`.

    It must hold no column that looks like the future (`leaks`: column to its average precision alone), cost less than
    every naive rule at event level, and its average precision must not be below the champion's in
    `confidence` (a share) of the draws of machines. A tie keeps the champion. The first model scores in any case;
    `trusted` then tells how far to trust it.
    """
    weights = held_out.machine_weights()
    judged = {name: judge(held_out, answer, weights) for name, answer in answers.items()}
    figures = {name: {key: float(str(values[key])) for key in KEPT} for name, values in judged.items()}
    lost_to = [name for name in RULES if name in figures and figures[CHALLENGER]["cost"] >= figures[name]["cost"]]
    trusted = bool(not leaks and not lost_to and held_out.labels.sum() > 0)
    if not trusted:
        verdict = _leak_reason(leaks) if leaks else _rules_reason(lost_to, figures)
        promoted, reason = (
            first,
            verdict + (" It scores all the same, because there is no other model." if first else ""),
        )
    elif CHAMPION not in figures:
        why = "it is the first model" if first else "the champion cannot score this mart any more"
        promoted, reason = True, f"It beats every naive rule, and {why}."
    else:
        promoted, reason = _against_champion(held_out, answers, figures, weights, confidence)
    times = held_out.rows["as_of"]
    return Decision(promoted, trusted, reason, len(times), int(held_out.labels.sum()), str(times.min()),
                    str(times.max()), figures, dict(leaks))  # fmt: skip


def distrust(version: str, reason: str) -> str:
    """What every reader of a model's answers must know where the gate did not trust it."""
    return f"Model version {version} is not to be trusted yet. {reason}"


def _against_champion(
    held_out: HeldOut,
    answers: Mapping[str, Answer],
    figures: Mapping[str, Mapping[str, float]],
    weights: Floats,
    confidence: float,
) -> tuple[bool, str]:
    ours, theirs = figures[CHALLENGER], figures[CHAMPION]
    draws = [average_precisions(held_out.labels, answers[name].scores, weights) for name in (CHALLENGER, CHAMPION)]
    known = ~np.isnan(draws[0]) & ~np.isnan(draws[1])
    worse = float(np.mean(draws[0][known] < draws[1][known])) if known.any() else 1.0
    words = (
        f"average precision {ours['average_precision']:.4f} against the champion's {theirs['average_precision']:.4f}"
    )
    if np.array_equal(answers[CHALLENGER].scores, answers[CHAMPION].scores) or ours == theirs:
        return False, f"A tie keeps the champion: {words}, the same failures caught at the same cost."
    share = rate(worse, gap="")
    if worse >= confidence:
        return False, f"Worse than the champion: {words}, and below it in {share} of the draws of machines."
    return (
        True,
        f"It beats every naive rule and is not worse than the champion: {words}, below it in {share} of the draws.",
    )


def _rules_reason(lost_to: list[str], figures: Mapping[str, Mapping[str, float]]) -> str:
    if not lost_to:
        return "The held-out nights hold no failure: nothing shows that it beats the naive rules."
    rivals = ", ".join(f"{name} ({figures[name]['cost']:,.0f})" for name in lost_to)
    return f"It does not beat {rivals} at event level: its own cost is {figures[CHALLENGER]['cost']:,.0f}."


def _leak_reason(leaks: Mapping[str, float]) -> str:
    columns = ", ".join(f"{name} (average precision {value:.3f} alone)" for name, value in leaks.items())
    return (
        f"Too good to be true: {columns}. See whether that is known at as_of; if it is, raise "
        "promotion.leak_average_precision in workspace.toml, if not, take it out of the mart."
    )
