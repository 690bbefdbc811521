"""The command line of the simulator: `python -m simulator --out FOLDER`, from the project's root."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, get_args

from simulator.drops import FileFormat, Split, write_drops
from simulator.fleet import SimulatedFleet, simulate
from simulator.outcomes import oracle_ap
from simulator.spec import HOURS_A_YEAR, FleetSpec


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2025-01-01") from None


HELP: dict[str, tuple[Callable[[str], Any], str]] = {
    "machines": (int, "how many machines"),
    "start": (_day, "first day, YYYY-MM-DD"),
    "days": (int, "days of telemetry; the hour at their end is included"),
    "seed": (int, "the same seed and options give the same bytes"),
    "strength": (float, "scale of what defects show: drift and error rate"),
    "silent_share": (float, "share of defects that show nothing"),
    "late_share": (float, "share of telemetry and error rows known late; adds an available_at column"),
    "late_max_hours": (int, "the longest delay"),
    "dropout_share": (float, "share of readings missing, in runs"),
    "dropout_run_hours": (float, "mean length of such a run"),
    "outage_day": (int, "day number without any telemetry; the first day is 0"),
    "drift_day": (int, "day number from which one sensor reads wrong on every machine"),
    "drift_sd": (float, "by how many of its sd"),
    "drift_sensor": (str, "which sensor"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, write, and print what was written. Returns 0, or 2 with one sentence on standard error."""
    given = vars(_parser().parse_args(arguments))
    folder, split, file_format = given.pop("out"), given.pop("split"), given.pop("format")
    try:
        fleet = simulate(FleetSpec(**given))
        paths = write_drops(fleet, folder, split, file_format)
    except (ValueError, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    print(_summary(fleet, folder, paths))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="Simulate a demo fleet and write its raw files.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the files", default=argparse.SUPPRESS)
    defaults = {item.name: item.default for item in fields(FleetSpec)}
    for name, (kind, text) in HELP.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=defaults[name], help=text)
    parser.add_argument("--split", choices=get_args(Split), default="none", help="daily: one file a day a feed")
    parser.add_argument("--format", choices=get_args(FileFormat), default="csv", help="kind of file")
    return parser


def _summary(fleet: SimulatedFleet, folder: Path, paths: list[Path]) -> str:
    machine_years = fleet.spec.machines * fleet.spec.last_hour / HOURS_A_YEAR
    rows = ", ".join(f"{len(frame):,} {feed}" for feed, frame in fleet.feeds.items())
    return (
        f"files     {len(paths):,} in {folder}\n"
        f"rows      {rows}\n"
        f"failures  {len(fleet.failures):,}, {len(fleet.failures) / machine_years:.2f} a machine-year\n"
        f"oracle    average precision {oracle_ap(fleet):.3f} for the next 24 h, one row a machine a day"
    )
