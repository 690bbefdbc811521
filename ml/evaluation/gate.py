"""The gate between a challenger and the table people trust.

A challenger is held against the champion and, so that a row of small losses cannot add up, against the reference: the
last champion that was better than the reference before it beyond the noise. Whatever is promoted without such a win
leaves the reference where it is. Fewer than FEW_FAILURES failures cannot show such a win, for then luck looks the same
in every draw; and they take the champion no more than one step away from the reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from ml.arrays import Floats
from ml.evaluation.contenders import Answer
from ml.evaluation.decision import CHALLENGER, CHAMPION, REFERENCE, Comparison, Decision
from ml.evaluation.leaderboard import HeldOut, events_of, judge
from ml.evaluation.leakage import LeakCheck
from ml.evaluation.naive_rules import RULES
from ml.metrics.bootstrap import average_precisions
from ml.wording import rate
from settings import PromotionSettings

FEW_FAILURES = 10
NO_NIGHTS = (
    "No night is left to judge on: those with known outcomes are ones that this model, the champion or the reference "
    "has learned from. Train on what is known later."
)
KEPT = ("average_precision", "failures", "failures_caught", "needless_visits", "precision", "recall", "cost")


def decide(
    held_out: HeldOut,
    answers: Mapping[str, Answer],
    leaks: LeakCheck,
    limits: PromotionSettings,
    first: bool,
    reference: str | None = None,
    lie: str = "",
) -> Decision:
    """Judge `challenger` against the rules and, unless it is the `first` model, against `champion` and `reference`.

    It must hold no column that looks like the future, tell no `lie` (a sentence on windows of remaining time that do
    not hold what they say) and cost less than every naive rule at event level. Its average
    precision must not be below that of champion or reference in `limits.confidence` (a share) of the draws of
    machines, nor by more than `limits.tolerance` (a share of theirs) as measured; its cost, likewise, not above. On few
    failures, where the champion is not the reference itself, it must be better than both. A tie keeps the champion.
    `reference` is the version of the reference; where that is the champion itself, it is not among the answers. The
    first model scores in any case; `trusted` then tells how far to trust it.
    """
    weights = held_out.machine_weights()
    judged = {name: judge(held_out, answer, weights) for name, answer in answers.items()}
    figures = {name: {key: float(str(values[key])) for key in KEPT} for name, values in judged.items()}
    times, place = held_out.rows["as_of"], held_out.recipe.fleet.settings_place
    decision = Decision(False, False, "", len(times), int(held_out.labels.sum()), str(times.min()), str(times.max()),
                        figures, dict(leaks.suspects))  # fmt: skip
    lost_to = [name for name in RULES if name in figures and figures[CHALLENGER]["cost"] >= figures[name]["cost"]]
    rivals = [name for name in (CHAMPION, REFERENCE) if name in figures]
    if leaks.suspects or lost_to or lie or not decision.positives:
        verdict = _distrust(leaks, lost_to, lie, decision, place)
        scores = " It scores all the same, because there is no other model." if first else ""
        return replace(decision, promoted=first, reason=verdict + scores, becomes_reference=first)
    decision = replace(decision, trusted=True)
    unchecked = "" if leaks.possible else (
        f" Whether a column knows the future cannot be told from so few failures ({leaks.failures})."
    )  # fmt: skip
    if not rivals:
        why = "it is the first model" if first else "the champion cannot score this mart any more"
        reason = f"It beats every naive rule, and {why}.{unchecked}"
        return replace(decision, promoted=True, reason=reason, becomes_reference=True)
    drawn = {name: _Drawn.of(held_out, answers[name], weights) for name in (CHALLENGER, *rivals)}
    compared = {name: _compare(drawn[CHALLENGER], drawn[name]) for name in rivals}
    names = {CHAMPION: "the champion", REFERENCE: f"the reference, version {reference}"}
    against = [_Rivalry(names[name], figures[CHALLENGER], figures[name], compared[name], limits) for name in rivals]
    decision = replace(
        decision, reference=reference, compared={name: asdict(found) for name, found in compared.items()}
    )
    decided = _against_rivals(decision, against, CHAMPION in figures and _is_tie(answers, figures), place)
    return replace(decided, reason=decided.reason + unchecked)


def _distrust(leaks: LeakCheck, lost_to: list[str], lie: str, decision: Decision, place: str) -> str:
    """Why it earns no trust, whoever else there is."""
    if not decision.rows:
        return NO_NIGHTS
    if leaks.suspects:
        return _leak_reason(leaks.suspects, place)
    return _rules_reason(lost_to, decision.figures) if lost_to or not decision.positives else lie


def _against_rivals(decision: Decision, against: Sequence["_Rivalry"], is_tie: bool, place: str) -> Decision:
    """The decision between a challenger that beats every naive rule and its rivals, the champion first."""
    if is_tie:
        words = f"{against[0].precision}, the same failures caught at the same cost"
        return replace(decision, reason=f"A tie keeps the champion: {words}.")
    if worse := [rivalry for rivalry in against if rivalry.losses]:
        reason = " ".join(f"Worse than {rivalry.name}: {' '.join(rivalry.losses)}" for rivalry in worse)
        return replace(decision, reason=reason)
    few = decision.figures[CHALLENGER]["failures"] < FEW_FAILURES
    if few and len(against) > 1 and not all(rivalry.is_won for rivalry in against):
        return replace(decision, reason=_few_reason(decision.figures, decision.reference, place))
    won = against[-1].is_won and not few
    reason = f"It beats every naive rule and is not worse than {' nor than '.join(one.words for one in against)}."
    reason += f" Better than {against[-1].name} beyond the noise, it is the reference from now on." if won else ""
    return replace(decision, promoted=True, reason=reason, becomes_reference=won)


@dataclass(frozen=True)
class _Rivalry:
    """The challenger's figures against those of one rival, judged by the limits."""

    name: str
    ours: Mapping[str, float]
    theirs: Mapping[str, float]
    compared: Comparison
    limits: PromotionSettings

    @property
    def precision(self) -> str:
        return _figures("average precision", "{:.4f}", self.ours["average_precision"],
                        self.theirs["average_precision"], self.name)  # fmt: skip

    @property
    def cost(self) -> str:
        return _figures("cost", "{:,.0f}", self.ours["cost"], self.theirs["cost"], self.name)

    @property
    def words(self) -> str:
        return (
            f"{self.name}: {self.precision}, below it in {_share(self.compared.average_precision_below)} of the draws; "
            f"{self.cost}, above it in {_share(self.compared.cost_above)}"
        )

    @property
    def losses(self) -> list[str]:
        """What it loses beyond the noise or beyond the tolerance, a sentence each."""
        least = self.theirs["average_precision"] * (1 - self.limits.tolerance)
        most = self.theirs["cost"] * (1 + self.limits.tolerance)
        found = []
        below, above = self.compared.average_precision_below, self.compared.cost_above
        if not (self.ours["average_precision"] >= least and below < self.limits.confidence):
            found.append(f"{self.precision}, and below it in {_share(below)} of the draws of machines.")
        if not (self.ours["cost"] <= most and above < self.limits.confidence):
            found.append(f"{self.cost}, and above it in {_share(above)} of the draws of machines.")
        return found

    @property
    def is_won(self) -> bool:
        """Whether it is better in one of the two beyond the noise, and in the other not worse as measured."""
        sure, compared = self.limits.confidence, self.compared
        cheaper, sharper = (self.ours["cost"] <= self.theirs["cost"],
                            self.ours["average_precision"] >= self.theirs["average_precision"])  # fmt: skip
        return (compared.average_precision_above >= sure and cheaper) or (compared.cost_below >= sure and sharper)


@dataclass(frozen=True)
class _Drawn:
    """A contender's average precision and cost in each draw of machines, shape (resamples,)."""

    precisions: Floats
    costs: Floats

    @classmethod
    def of(cls, held_out: HeldOut, answer: Answer, weights: Floats) -> "_Drawn":
        precisions = average_precisions(held_out.labels, answer.ranking, weights)
        return cls(precisions, _cost_draws(held_out, answer, weights))


def _compare(ours: _Drawn, theirs: _Drawn) -> Comparison:
    gained, spent = ours.precisions - theirs.precisions, ours.costs - theirs.costs
    gained = gained[~np.isnan(gained)]
    nothing = float("nan")
    return Comparison(
        average_precision_below=float(np.mean(gained < 0)) if len(gained) else nothing,
        average_precision_above=float(np.mean(gained > 0)) if len(gained) else nothing,
        cost_above=float(np.mean(spent > 0)),
        cost_below=float(np.mean(spent < 0)),
    )


def _cost_draws(held_out: HeldOut, answer: Answer, weights: Floats) -> Floats:
    """The cost in each draw of machines, shape (resamples,). Machines without a row are in no draw."""
    machines = held_out.rows["machine_id"]
    firsts = ~machines.duplicated().to_numpy()
    costs = events_of(held_out, answer).machine_costs(held_out.recipe.economics)
    return np.asarray(costs.reindex(machines[firsts]).fillna(0).to_numpy() @ weights[firsts])


def _is_tie(answers: Mapping[str, Answer], figures: Mapping[str, Mapping[str, float]]) -> bool:
    ours, theirs = answers[CHALLENGER], answers[CHAMPION]
    same = np.array_equal(ours.scores, theirs.scores, equal_nan=True) and np.array_equal(ours.alerts, theirs.alerts)
    return same or figures[CHALLENGER] == figures[CHAMPION]


def _figures(what: str, form: str, ours: float, theirs: float, name: str) -> str:
    owner = name.partition(",")[0]
    return f"{what} {form.format(ours)} against {owner}'s {form.format(theirs)}"


def _share(value: float) -> str:
    return rate(value, gap="")


def _few_reason(figures: Mapping[str, Mapping[str, float]], reference: str | None, place: str) -> str:
    return (
        f"Only {figures[CHALLENGER]['failures']:.0f} failures fell in these nights: they do not show that it is better "
        f"than the champion, which was itself promoted without being better than the reference, version {reference}. "
        f"Longer evaluation.holdout_nights ({place}) hold more failures."
    )


def _rules_reason(lost_to: list[str], figures: Mapping[str, Mapping[str, float]]) -> str:
    if not lost_to:
        return "The held-out nights hold no failure: nothing shows that it beats the naive rules."
    rivals = ", ".join(f"{name} ({figures[name]['cost']:,.0f})" for name in lost_to)
    return f"It does not beat {rivals} at event level: its own cost is {figures[CHALLENGER]['cost']:,.0f}."


def _leak_reason(leaks: Mapping[str, float], place: str) -> str:
    columns = ", ".join(f"{name} (average precision {value:.3f} alone)" for name, value in leaks.items())
    return (
        f"Too good to be true: {columns}. See whether that is known at as_of; if it is, raise "
        f"promotion.leak_average_precision in {place}, if not, take it out of the mart."
    )
