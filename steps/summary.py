"""What the published tables say at the end of a run: the riskiest machines, the leaderboard, and how much there is."""

from dataclasses import dataclass

import duckdb
import pandas as pd

from delivery.publishing.snapshots import PUBLISHED_DATABASE
from ml.evaluation.scenarios import CONFIGURED
from settings import Settings

TRY_IT = (
    "select machine_id, failure_probability, predicted_component, recommended_action, reasons "
    "from fleet_risk_today order by risk_rank limit 10"
)


@dataclass(frozen=True)
class Summary:
    """What the terminal shows of a night.

    `riskiest`: rows of `fleet_risk_today`; `leaderboard`: its rows as configured; `rows` and `nights` of `predictions`.
    """

    riskiest: pd.DataFrame
    leaderboard: pd.DataFrame
    rows: int
    nights: int


def published_summary(settings: Settings, machines: int) -> Summary:
    """Read the published copy, with the `machines` riskiest machines of its last night."""
    with duckdb.connect(str(settings.paths.published / PUBLISHED_DATABASE), read_only=True) as con:
        riskiest = con.execute("select * from fleet_risk_today order by risk_rank limit ?", [machines]).df()
        board = con.execute("select * from leaderboard where scenario = ?", [CONFIGURED]).df()
        counts = con.execute("select count(*), count(distinct as_of) from predictions").fetchone()
    rows, nights = counts or (0, 0)
    return Summary(riskiest, board, rows, nights)
