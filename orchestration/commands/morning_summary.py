"""The summary that `make run` prints at its end."""

import shlex
from collections.abc import Hashable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from delivery.pages.files import EVALUATION, report_name
from delivery.publishing.snapshots import PUBLISHED_DATABASE
from ml.registry.registry import registry
from ml.wording import rate, sds
from settings import Settings
from steps.restatements import restatement_lines
from steps.summary import TRY_IT, judged_as_configured, published_summary

MACHINES_SHOWN = 5


def morning_summary(settings: Settings, as_of: datetime) -> str:
    """The night's riskiest machines with reasons, the gate's last word, and where pages and tables are.

    Reads the published copy; `as_of` is the night's moment, naive UTC.
    """
    database = settings.paths.published / PUBLISHED_DATABASE
    found = published_summary(settings, MACHINES_SHOWN)
    lines = [f"WARNING: {warning}" for warning in registry(settings).warnings()]
    lines += [found.note] if found.note else []
    order = "farthest from normal" if found.note else "riskiest machines"
    lines += [f"The night of {as_of:%Y-%m-%d %H:%M} UTC, {order} first:"]
    lines += [_machine(row, settings) for row in found.riskiest.to_dict("records")]
    lines += ["", f"predictions: {found.rows:,} rows over {found.nights} nights."]
    lines += [found.gate] if found.gate else []
    lines += ["", *late] if (late := restatement_lines(settings)) else []
    reports = settings.paths.report_dir
    lines += [
        "",
        f"Morning page  {shown_path(reports / report_name('morning', as_of))}",
        f"Evaluation    {shown_path(reports / EVALUATION)}",
        *([f"Drift report  {shown_path(reports / report_name('drift', as_of))}"] if not found.note else []),
        f"Tables        {shown_path(database)}",
        "",
        "Query it:",
        "  " + query_command(shown_path(database)),
        "Look at the graph and run any night: .venv/bin/dagster dev",
    ]
    return "\n".join(lines)


def evaluation_summary(settings: Settings) -> str:
    """The leaderboard's figures of the held-out nights as configured, and where the report is; only that before any."""
    board = judged_as_configured(settings)
    lines = []
    if len(board):
        lines.append(f"Held-out nights {board['held_out_from'][0]:%Y-%m-%d} to {board['held_out_until'][0]:%Y-%m-%d}:")
    lines += [_contender(row) for row in board.to_dict("records")]
    return "\n".join([*lines, f"Evaluation    {shown_path(settings.paths.report_dir / EVALUATION)}"])


def query_command(database: str) -> str:
    """A shell command that shows the ten riskiest machines; it runs as printed, whatever the path is made of."""
    code = f"import duckdb; print(duckdb.connect({database!r}, read_only=True).sql('{TRY_IT}'))"
    plain = not set('"$`\\!') & set(code)  # what double quotes let the shell act upon
    return ".venv/bin/python -c " + (f'"{code}"' if plain else shlex.quote(code))


def _machine(row: Mapping[Hashable, Any], settings: Settings) -> str:
    probability, distance = row["failure_probability"], row["distance_from_normal"]
    risk = sds(distance) if pd.isna(probability) and pd.notna(distance) else rate(probability, gap="")
    if pd.isna(probability) and pd.isna(distance):
        risk = "silent"
    named = row["predicted_component"]
    component = f", {settings.fleet.component_label(named)}" if named else ""
    reasons = f"  because {row['reasons']}" if row["reasons"] else ""
    return f"  machine {row['machine_id']}: {risk}{component}, {row['recommended_action']}{reasons}"


def _contender(row: Mapping[Hashable, Any]) -> str:
    return (
        f"  {row['contender']!s:22} AP {row['average_precision']:.3f}  failures caught {row['failures_caught']} of "
        f"{row['failures']}, needless visits {row['needless_visits']}, cost {row['cost']:,.0f}"
    )


def shown_path(path: Path) -> str:
    """The path relative to the working directory where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
