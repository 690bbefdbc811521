"""How a full build grows with machines and with history: `python -m tests.benchmarks.growth`, with a picture.

Each size is simulated, landed and built with `dbt run` up to `feature_mart` in a process of its own. At the largest
fleet the peers run too, each stopped where it would take the machine's memory: an outcome, not a time.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from tests.benchmarks.comparison import Comparison
from tests.benchmarks.fleet import write_fleet
from tests.benchmarks.line import draw_line
from tests.benchmarks.mart import landed, line_up, ours
from tests.benchmarks.measure import Contender, Run, TooMuchMemory, once

MACHINES, DAYS = (100, 1000, 10_000), (30, 90, 365)
USUAL_MACHINES, USUAL_DAYS = 1000, 365
MOST_BYTES = 20 * 10**9
Size = tuple[int, int]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, nargs="+", default=list(MACHINES))
    parser.add_argument("--days", type=int, nargs="+", default=list(DAYS))
    parser.add_argument("--picture", type=Path, help="where to draw it, as PNG or SVG")
    parser.add_argument("--peers", action="store_true", help="try the peers at the largest fleet too")
    given = parser.parse_args()
    runs = measured(given.machines, given.days)
    print(table(runs))
    if given.picture:
        draw(runs, given.picture)
    if given.peers:
        print(*outcomes(max(given.machines), max(given.days)), sep="\n")
    return 0


def measured(machines: Sequence[int] = MACHINES, days: Sequence[int] = DAYS) -> dict[Size, Run]:
    """One build a size: every fleet over the longest history, and every history of the usual fleet."""
    usual = USUAL_MACHINES if USUAL_MACHINES in machines else min(machines)
    sizes = {(usual, history) for history in days} | {(fleet, max(days)) for fleet in machines}
    return {size: build(*size) for size in sorted(sizes)}


def comparisons(runs: Mapping[Size, Run]) -> list[Comparison]:
    """The largest fleet against one a tenth of its size, where both were built."""
    machines, days = max(runs)
    tenth = (machines // 10, days)
    if tenth not in runs:
        return []
    work = f"the full mart, {machines:,} machines x {days} days"
    return [Comparison(work, f"itself at {tenth[0]:,} machines", runs[machines, days], runs[tenth], 12)]


def build(machines: int, days: int) -> Run:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warehouse = landed(write_fleet(folder / "feeds", machines, days), folder / "landed.duckdb")
        return once(ours(folder / "home", warehouse), folder / "log")


def outcomes(machines: int, days: int) -> list[str]:
    """What became of each peer, in a sentence."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeds = write_fleet(folder / "feeds", machines, days)
        peers = line_up(folder, feeds, folder / "none.duckdb")
        return [f"{peer}: {_outcome(peers[peer], folder)}." for peer in list(peers)[1:]]


def _outcome(contender: Contender, folder: Path) -> str:
    try:
        run = once(contender, folder / "log", MOST_BYTES)
    except TooMuchMemory as stopped:
        return str(stopped)
    except SystemExit as failed:
        return f"failed: {str(failed).splitlines()[-1]}"
    return f"{run.seconds:.0f} s, {run.peak_bytes / 1e9:.1f} GB"


def table(runs: Mapping[Size, Run]) -> str:
    lines = ["| machines | days | readings | seconds | peak memory, GB |", "|---|---|---|---|---|"]
    lines += [
        f"| {machines:,} | {days} | {machines * days * 24:,} | {run.seconds:.1f} | {run.peak_bytes / 1e9:.1f} |"
        for (machines, days), run in runs.items()
    ]
    return "\n".join(lines)


def draw(runs: Mapping[Size, Run], picture: Path) -> None:
    """Time and memory against machines (left) and against days of history (right)."""
    figure = Figure(figsize=(9, 5.2), layout="constrained")
    longest = max(days for _, days in runs)
    usual = USUAL_MACHINES if any(machines == USUAL_MACHINES for machines, _ in runs) else min(m for m, _ in runs)
    across = (
        (0, f"machines ({longest} days each)", {m: run for (m, days), run in runs.items() if days == longest}),
        (1, f"days of history ({usual:,} machines)", {days: run for (m, days), run in runs.items() if m == usual}),
    )
    axes = figure.subplots(2, 2, sharey="row")
    for column, label, found in across:
        sizes = sorted(found)
        for row, values in enumerate(([found[s].seconds for s in sizes], [found[s].peak_bytes / 1e9 for s in sizes])):
            draw_line(axes[row][column], sizes, values, "#2f5d8a")
        axes[1][column].set_xlabel(label)
    axes[0][0].set_ylabel("full build, seconds")
    axes[1][0].set_ylabel("peak memory, GB")
    figure.savefig(picture, dpi=110)


if __name__ == "__main__":
    sys.exit(main())
