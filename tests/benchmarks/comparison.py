"""A line of the benchmark's table: one piece of work, ours against a named peer, and the ratio that was aimed at."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.measure import Run

HEADER = (
    "| work | ours | peer | its time | ours / its | goal | | peak, GB: ours / its |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Comparison:
    """`ratio` is our seconds over the peer's; `goal` the most it should be, None where the peer is only stated."""

    work: str
    peer: str
    ours: Run
    theirs: Run
    goal: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours.seconds / self.theirs.seconds

    @property
    def met(self) -> bool | None:
        return None if self.goal is None else self.ratio <= self.goal

    def line(self) -> str:
        goal = "" if self.goal is None else f"≤ {self.goal:.2g}"
        verdict = {None: "", True: "met", False: "**missed**"}[self.met]
        return (
            f"| {self.work} | {self.ours.seconds:.3g} s | {self.peer} | {self.theirs.seconds:.3g} s | {self.ratio:.2f} "
            f"| {goal} | {verdict} | {self.ours.peak_bytes / 1e9:.1f} / {self.theirs.peak_bytes / 1e9:.1f} |"
        )


def table(comparisons: Sequence[Comparison]) -> str:
    return "\n".join([HEADER, *(comparison.line() for comparison in comparisons)])
