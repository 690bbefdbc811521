"""All comparisons in one table, with the growth of a full build: `python -m tests.benchmarks` (`make bench`).

Writes reports/benchmarks.md and reports/growth.png beside it. `--quick` takes small fleets and one round: it shows that
everything runs, and its ratios say little.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from settings import ROOT
from tests.benchmarks import dagster_overhead, growth, landing, mart, night, scoring, training
from tests.benchmarks.comparison import Comparison, table

REPORT = ROOT / "reports" / "benchmarks.md"
PICTURE = "growth.png"
Measured = tuple[list[Comparison], list[str]]

FULL: tuple[Callable[[], Measured], ...] = (
    lambda: mart.measured(5),
    lambda: night.measured(5, 1000, (30, 365)),
    lambda: scoring.measured(5, 1_000_000),
    lambda: training.measured(1, 200, 365),  # the peer takes minutes
    lambda: dagster_overhead.measured(5),
    lambda: landing.measured(5, 100, 365),
)
QUICK: tuple[Callable[[], Measured], ...] = (
    lambda: mart.measured(1, 50, 90),
    lambda: night.measured(1, 50, (30, 90)),
    lambda: scoring.measured(1, 20_000),
    lambda: training.measured(1, 25, 90, whole=True),
    lambda: dagster_overhead.measured(1, 10, 90),
    lambda: landing.measured(1, 20, 90),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small fleets, one round")
    given = parser.parse_args()
    began = time.monotonic()
    comparisons: list[Comparison] = []
    notes: list[str] = []
    for measure in QUICK if given.quick else FULL:
        found, said = measure()
        comparisons += found
        notes += said
        print(table(found), *said, sep="\n\n", end="\n\n", flush=True)
    runs = growth.measured((20, 50), (30, 90)) if given.quick else growth.measured()
    comparisons += growth.comparisons(runs)
    growth.draw(runs, REPORT.with_name(PICTURE))
    minutes = (time.monotonic() - began) / 60
    REPORT.write_text(
        "\n\n".join([heading(minutes), table(comparisons), *notes, growth.table(runs), f"![]({PICTURE})\n"])
    )
    print(growth.table(runs), f"\nWrote {REPORT} and {PICTURE} in {minutes:.0f} minutes.", sep="\n")
    return 0


def heading(minutes: float) -> str:
    """When, on what and with which versions it was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(
        f"{name} {_version(name)}" for name in ("duckdb", "dbt-core", "pandas", "polars", "catboost", "dagster")
    )
    return (
        f"# Benchmarks of {datetime.now(UTC):%Y-%m-%d}\n\n"
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, "
        f"Python {platform.python_version()}; {versions}. Medians of runs by turns, each in a process of its own; peak "
        f"resident memory. It took {minutes:.0f} minutes."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    sys.exit(main())
