"""What `make run` prints at its end."""

import shlex
from collections.abc import Hashable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from delivery.pages.files import EVALUATION, report_name
from ml.evaluation.scenarios import CONFIGURED
from ml.registry.registry import registry
from settings import Settings
from steps.restatements import restatement_lines

SHOWN = 5


def morning_summary(settings: Settings, as_of: datetime) -> str:
    """The night's top machines with reasons, the model's figures, and where to look next."""
    database = settings.paths.published / "nightshift.duckdb"
    with duckdb.connect(str(database), read_only=True) as con:
        top = con.execute("select * from fleet_risk_today order by risk_rank limit ?", [SHOWN]).df()
        board = con.execute("select * from leaderboard where scenario = ?", [CONFIGURED]).df()
        counts = con.execute("select count(*), count(distinct as_of) from predictions").fetchone()
    lines = [f"WARNING: {warning}" for warning in registry(settings).warnings()]
    lines += [f"The night of {as_of:%Y-%m-%d %H:%M} UTC, riskiest machines first:"]
    lines += [_machine(row) for row in top.to_dict("records")]
    rows, nights = counts or (0, 0)
    lines += ["", f"predictions: {rows:,} rows over {nights} nights."]
    if len(board):
        lines.append(f"Held-out nights {board['held_out_from'][0]:%Y-%m-%d} to {board['held_out_until'][0]:%Y-%m-%d}:")
    lines += [_contender(row) for row in board.to_dict("records")]
    lines += ["", *late] if (late := restatement_lines(settings)) else []
    reports = settings.paths.report_dir
    lines += [
        "",
        f"Morning page  {_shown(reports / report_name('morning', as_of))}",
        f"Evaluation    {_shown(reports / EVALUATION)}",
        f"Drift report  {_shown(reports / report_name('drift', as_of))}",
        f"Tables        {_shown(database)}",
        "",
        "Ask it something:",
        "  " + ask_it(_shown(database)),
        "Look at the graph and run any night: .venv/bin/dagster dev",
    ]
    return "\n".join(lines)


def ask_it(database: str) -> str:
    """A shell command that shows the ten riskiest machines; it runs as printed, whatever the path is made of."""
    code = (
        f"import duckdb; print(duckdb.connect({database!r}, read_only=True)"
        ".sql('select machine_id, failure_probability, predicted_component, recommended_action, reasons "
        "from fleet_risk_today order by risk_rank limit 10'))"
    )
    plain = not set('"$`\\!') & set(code)  # what double quotes let the shell act upon
    return ".venv/bin/python -c " + (f'"{code}"' if plain else shlex.quote(code))


def _machine(row: Mapping[Hashable, Any]) -> str:
    probability = row["failure_probability"]
    risk = "silent" if probability is None or probability != probability else f"{probability:.0%}"  # noqa: PLR0124
    reasons = f"  because {row['reasons']}" if row["reasons"] else ""
    return f"  machine {row['machine_id']}: {risk}, {row['predicted_component']}, {row['recommended_action']}{reasons}"


def _contender(row: Mapping[Hashable, Any]) -> str:
    return (
        f"  {row['contender']!s:22} AP {row['average_precision']:.3f}  failures caught {row['failures_caught']} of "
        f"{row['failures']}, needless visits {row['needless_visits']}, cost {row['cost']:,.0f}"
    )


def _shown(path: Path) -> str:
    """Relative to where the user stands when that is shorter to read."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
