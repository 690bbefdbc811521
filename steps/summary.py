"""What the published tables say at the end of a run: the riskiest machines, the leaderboard, and how much there is."""

from dataclasses import dataclass

import duckdb
import pandas as pd

from delivery.publishing.snapshots import PUBLISHED_DATABASE
from ml.evaluation.scenarios import CONFIGURED
from ml.scoring.from_normal import VERSION
from settings import Settings

TRY_IT = (
    "select machine_id, failure_probability, predicted_component, recommended_action, reasons "
    "from fleet_risk_today order by risk_rank limit 10"
)


@dataclass(frozen=True)
class Summary:
    """What the terminal shows of a night.

    `riskiest`: rows of `fleet_risk_today`; `leaderboard`: its rows as configured, none before a first model; `rows` and
    `nights` of `predictions`; `note`: what the last night says of itself where no model scores yet.
    """

    riskiest: pd.DataFrame
    leaderboard: pd.DataFrame
    rows: int
    nights: int
    note: str = ""


def published_summary(settings: Settings, machines: int) -> Summary:
    """Read the published copy, with the `machines` riskiest machines of its last night."""
    with duckdb.connect(str(settings.paths.published / PUBLISHED_DATABASE), read_only=True) as con:
        riskiest = con.execute("select * from fleet_risk_today order by risk_rank limit ?", [machines]).df()
        published = {row[0] for row in con.execute("select table_name from information_schema.tables").fetchall()}
        board = pd.DataFrame()
        if "leaderboard" in published:
            board = con.execute("select * from leaderboard where scenario = ?", [CONFIGURED]).df()
        last = "select note from nights where model_version = ? order by as_of desc limit 1"
        by_distance = bool(riskiest["distance_from_normal"].notna().any())
        told = con.execute(last, [VERSION.version]).fetchone() if by_distance and "nights" in published else None
        counts = con.execute("select count(*), count(distinct as_of) from predictions").fetchone()
    rows, nights = counts or (0, 0)
    return Summary(riskiest, board, rows, nights, str(told[0]) if told else "")
