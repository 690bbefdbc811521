"""What a run shows at its end: the riskiest machines, how much there is, the gate's word, and the leaderboard."""

from dataclasses import dataclass

import duckdb
import pandas as pd

from delivery.publishing.snapshots import PUBLISHED_DATABASE
from ml.evaluation.scenarios import CONFIGURED
from ml.scoring.from_normal import VERSION
from settings import Settings
from warehouse.connection import open_warehouse
from warehouse.tables import table_exists

TRY_IT = (
    "select machine_id, failure_probability, predicted_component, recommended_action, reasons "
    "from fleet_risk_today order by risk_rank limit 10"
)
LAST_DECISION = "select model_version, reason from promotions order by decided_at desc, model_version desc limit 1"


@dataclass(frozen=True)
class Summary:
    """What the terminal shows of a night.

    `riskiest`: rows of `fleet_risk_today`; `gate`: the last decision, empty before a first model; `rows` and `nights`
    of `predictions`; `note`: what the last night says of itself where no model scores yet.
    """

    riskiest: pd.DataFrame
    gate: str
    rows: int
    nights: int
    note: str = ""


def published_summary(settings: Settings, machines: int) -> Summary:
    """Read the published copy, with the `machines` riskiest machines of its last night."""
    with duckdb.connect(str(settings.paths.published / PUBLISHED_DATABASE), read_only=True) as con:
        riskiest = con.execute("select * from fleet_risk_today order by risk_rank limit ?", [machines]).df()
        published = {row[0] for row in con.execute("select table_name from information_schema.tables").fetchall()}
        decided = None
        if "promotions" in published:
            decided = con.execute(LAST_DECISION).fetchone()
        last = "select note from nights where model_version = ? order by as_of desc limit 1"
        by_distance = bool(riskiest["distance_from_normal"].notna().any())
        told = con.execute(last, [VERSION.version]).fetchone() if by_distance and "nights" in published else None
        counts = con.execute("select count(*), count(distinct as_of) from predictions").fetchone()
    rows, nights = counts or (0, 0)
    gate = f"The gate on version {decided[0]}: {decided[1]}" if decided else ""
    return Summary(riskiest, gate, rows, nights, str(told[0]) if told else "")


def judged_as_configured(settings: Settings) -> pd.DataFrame:
    """The leaderboard's rows as configured, best first; none where nothing has been judged yet."""
    with open_warehouse(settings, read_only=True) as con:
        if not table_exists(con, "ml.leaderboard"):
            return pd.DataFrame()
        return con.execute("select * from ml.leaderboard where scenario = ?", [CONFIGURED]).df()
