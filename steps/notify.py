"""What the night and the training have to tell, read from the warehouse and sent: steps for the end of a run."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import duckdb

from delivery.notifications.notices import (
    NEW_ALERTS,
    Notice,
    Pair,
    alert_pairs,
    new_alerts,
    night_not_scored,
    promotions,
)
from delivery.notifications.outbox import Delivery, deliver, enter, logged
from ml.models.windows import HIGH_END, LOW_END
from ml.scoring.night_status import NOT_SCORED, TABLE, scored_before
from ml.wording import window_in_words
from settings import Settings
from steps.clock import utc_now
from warehouse.connection import open_warehouse
from warehouse.tables import table_exists

READS = ("nightly_answers", TABLE, "ml.promotions")
PROMOTION_READS = ("ml.promotions",)


def enter_nights(settings: Settings, nights: Sequence[datetime]) -> int:
    """Enter what is new with the last of `nights`: its new alerts, or that it was not scored; and promotions. How many.

    Only the newest night is news. A run over several tells the alerts of its last night that were none on the night
    before its first; a run over nights of long ago tells nothing of them. Nothing is posted: `deliver` does that.
    """
    with open_warehouse(settings, read_only=True) as con:
        notices = [*_night_notices(con, min(nights), max(nights), settings), *_promotion_notices(con)]
    return enter(notices, settings, utc_now())


def enter_promotions(settings: Settings) -> int:
    """Enter the gate's last decision and the last rollback where they are new; how many. Nothing is posted."""
    with open_warehouse(settings, read_only=True) as con:
        notices = _promotion_notices(con)
    return enter(notices, settings, utc_now())


def tell_of_nights(settings: Settings, nights: Sequence[datetime]) -> Delivery:
    """`enter_nights`, then post what is due; the warehouse is closed by then."""
    new = enter_nights(settings, nights)
    return replace(deliver(settings, utc_now()), new=new)


def tell_of_promotions(settings: Settings) -> Delivery:
    """`enter_promotions`, then post what is due; the warehouse is closed by then."""
    new = enter_promotions(settings)
    return replace(deliver(settings, utc_now()), new=new)


def _night_notices(
    con: duckdb.DuckDBPyConnection, first: datetime, as_of: datetime, settings: Settings
) -> list[Notice]:
    recorded = table_exists(con, TABLE)
    later = "select as_of from nightly_answers" + (f" union all select as_of from {TABLE}" if recorded else "")
    if con.execute(f"select 1 from ({later}) where as_of > ? limit 1", [as_of]).fetchone():
        return []
    if recorded:
        row = con.execute(f"select note from {TABLE} where as_of = ? and status = ?", [as_of, NOT_SCORED]).fetchone()
        if row:
            return [night_not_scored(as_of, str(row[0] or ""))]
    tonight = con.execute("select * from nightly_answers where as_of = ?", [as_of]).df()
    since = scored_before(con, first)
    before = con.execute("select * from nightly_answers where as_of = ?", [since]).df()
    known = alert_pairs(before) | _told_since(settings, since)
    fleet, coverage = settings.fleet, settings.workspace.training.remaining_coverage
    told = settings.workspace.notifications

    def when(row: Mapping[Hashable, object]) -> str:
        low, high = (_known(row.get(name)) for name in (LOW_END, HIGH_END))
        gainsaid = low is None or low >= fleet.horizon_hours  # an alert says that it fails sooner
        return "" if gainsaid else window_in_words(as_of, low, high, fleet.remaining_cap, coverage)

    return new_alerts(tonight, known, as_of, fleet.horizon_hours, fleet.component_label, when, told.case_url)


def _known(value: object) -> float | None:
    hours = float("nan") if value is None else float(str(value))
    return None if math.isnan(hours) else hours


def _told_since(settings: Settings, since: datetime | None) -> set[Pair]:
    """The alerts told of nights after the one before the run, so that a run that is repeated tells only what is new."""
    return {
        (alert["machine"], alert["component"])
        for line in logged(settings, NEW_ALERTS)
        if since is None or datetime.fromisoformat(line["data"]["as_of"]) > since
        for alert in line["data"]["alerts"]
    }


def _promotion_notices(con: duckdb.DuckDBPyConnection) -> list[Notice]:
    if not table_exists(con, "ml.promotions"):
        return []
    return promotions(con.execute("select * from ml.promotions").df())
