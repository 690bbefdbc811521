"""Whether the published nights call for a training."""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from delivery.publishing.snapshots import PUBLISHED_DATABASE
from ml.monitoring.retraining import is_true, retraining_reason
from ml.registry.registry import registry
from settings import Settings
from warehouse.connection import connect

PUBLISHED_NIGHTS = "drift_nights"


@dataclass(frozen=True)
class Verdict:
    """`reason`: what calls for a training as of `night`, or None; then `why_not` says what was looked at."""

    night: datetime | None
    reason: str | None
    why_not: str = ""


def retraining_verdict(settings: Settings) -> Verdict:
    """Ask `retraining_reason` of the published nights: the warehouse is not opened, so no night ever waits for this."""
    nights = _published_nights(settings)
    if nights.empty:
        return Verdict(None, None, "No night has been judged and published yet.")
    last_trained_at = registry(settings).decisions.last_trained_at()
    night = nights["as_of"].max().to_pydatetime()
    reason = retraining_reason(nights, last_trained_at, settings.workspace.retraining)
    drifted = "drifted" if is_true(nights.loc[nights["as_of"].idxmax(), "moved"]) else "did not drift"
    why_not = f"The night of {night:%Y-%m-%d} {drifted}; models were last judged on nights until {last_trained_at}."
    return Verdict(night, reason, why_not)


def _published_nights(settings: Settings) -> pd.DataFrame:
    path = settings.paths.published / PUBLISHED_DATABASE
    if not path.exists():
        return pd.DataFrame()
    with connect(path, read_only=True, wait_seconds=5) as con:
        try:
            return con.execute(f"select * from {PUBLISHED_NIGHTS}").df()
        except duckdb.CatalogException:  # published before any night was judged
            return pd.DataFrame()
