"""`ml.nights`: what became of each night, one row a night: scored, or not and why.

A night to which no telemetry came must not pass off yesterday's state of the fleet as today's. Where the mart does not
reach it nothing is answered; where it does, because data came later, every machine is answered as silent.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import duckdb
import pandas as pd

from ml.mart.nights import NightNotReady, fleet_clock
from ml.mart.silence import silent_after
from ml.models.version import ModelVersion
from ml.scoring.contract import DOWN, SILENT
from ml.wording import duration_in_words
from settings import Fleet, Settings
from warehouse.tables import replace_rows, table_exists

TABLE = "ml.nights"
SCORED, NOT_SCORED = "scored", "not scored"
BRING_IT_BACK = "Bring the telemetry feed back, land its files and run this night again."


@dataclass(frozen=True)
class NightStatus:
    """A row of `ml.nights`. `silent` counts machines without a reading of late, `alerts` the visits advised."""

    as_of: datetime
    status: str
    note: str
    machines: int
    silent: int
    alerts: int
    newest_reading_at: datetime | None
    model_version: str


def night_of(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    predictions: pd.DataFrame,
    version: ModelVersion,
    settings: Settings,
    why: str = "",
) -> NightStatus:
    """What became of a night with these predictions (none where the mart does not reach it).

    `why` is what readers must know of how a night was scored, if anything.

    Raises NightNotReady for a night without rows that lies within the data: before the first one, or never built.
    """
    newest = _newest_reading(con, as_of)
    after = silent_after(settings.fleet, settings.workspace.scoring)
    machines, silent, down = len(predictions), _told(predictions, SILENT), _told(predictions, DOWN)
    if not machines:
        _require_beyond(con, as_of)
    scored = machines > silent
    if scored:
        note = " ".join([*([why] if why else []), *_are(silent, machines, "silent"), *_are(down, machines, "down")])
    else:
        note = _nothing_came(newest, after) if machines else _not_fresh(newest, settings.fleet)
    return NightStatus(
        as_of=as_of,
        status=SCORED if scored else NOT_SCORED,
        note=note,
        machines=machines,
        silent=silent,
        alerts=int(predictions["alert"].sum()) if machines else 0,
        newest_reading_at=newest,
        model_version=version.version,
    )


def write_nights(con: duckdb.DuckDBPyConnection, nights: Sequence[NightStatus]) -> pd.DataFrame:
    """Enter nights, each in the place of what was said of it before; returns them as a frame."""
    rows = pd.DataFrame([asdict(night) for night in nights]).astype({"newest_reading_at": "datetime64[us]"})
    replace_rows(con, TABLE, rows, "list_contains(?::timestamp[], as_of)", (list(rows["as_of"]),))
    return rows


def nights_between(con: duckdb.DuckDBPyConnection, first: datetime, last: datetime) -> pd.DataFrame:
    """The rows of `ml.nights` from `first` to `last`, oldest first."""
    return con.execute(f"select * from {TABLE} where as_of between ? and ? order by as_of", [first, last]).df()


def status_of(con: duckdb.DuckDBPyConnection, as_of: datetime) -> tuple[str, str]:
    """Status and note of a night; a warehouse that keeps no record of it has scored it."""
    if not table_exists(con, TABLE):
        return SCORED, ""
    row = con.execute(f"select status, note from {TABLE} where as_of = ?", [as_of]).fetchone()
    return (str(row[0]), str(row[1] or "").strip()) if row else (SCORED, "")


def scored_before(con: duckdb.DuckDBPyConnection, as_of: datetime) -> datetime | None:
    """The last night before `as_of` that was scored; what was answered before nights were recorded counts as that."""
    unscored = f"and as_of not in (select as_of from {TABLE} where status = '{NOT_SCORED}')"
    sql = f"select max(as_of) from nightly_answers where as_of < ? {unscored if table_exists(con, TABLE) else ''}"
    [(night,)] = con.execute(sql, [as_of]).fetchall()
    return night


def summary_line(nights: pd.DataFrame) -> list[str]:
    """Each night in a line: what was scored, by which version, and what came of it."""
    return [
        f"{row.as_of:%Y-%m-%d %H:%M}  {row.status}: {row.machines} machines, {row.alerts} alerts, {row.silent} silent, "
        f"version {row.model_version}"
        for row in nights.itertuples()
    ]


def not_scored(nights: pd.DataFrame) -> list[str]:
    """A sentence for each of `nights` that was not scored."""
    left = nights[nights["status"] == NOT_SCORED]
    return [f"The night of {row.as_of:%Y-%m-%d %H:%M} was not scored: {row.note}" for row in left.itertuples()]


def _told(predictions: pd.DataFrame, level: str) -> int:
    return int((predictions["risk_level"] == level).sum()) if len(predictions) else 0


def _are(count: int, machines: int, what: str) -> list[str]:
    return [f"{count} of {machines} machines {'is' if count == 1 else 'are'} {what}."] if count else []


def _nothing_came(newest: datetime | None, after: int) -> str:
    silent = f"a machine is silent after {after} h (scoring.silent_after_hours)"
    return f"{_last_reading(newest)}, and {silent}. {BRING_IT_BACK}"


def _not_fresh(newest: datetime | None, fleet: Fleet) -> str:
    step, latency = duration_in_words(fleet.telemetry_step), fleet.feed_latency_hours.telemetry
    return (
        f"{_last_reading(newest)}, and by then a later one was due: telemetry_step_hours promises one every {step}, "
        f"feed_latency_hours that it comes within {latency} h. {BRING_IT_BACK} A feed that is slower by nature says "
        f"so in these vars of {fleet.file}."
    )


def _last_reading(newest: datetime | None) -> str:
    return f"The last reading is of {newest:%Y-%m-%d %H:%M}" if newest else "No reading came in the days before"


def _newest_reading(con: duckdb.DuckDBPyConnection, as_of: datetime) -> datetime | None:
    """The last reading that was known at `as_of`, if one came in the 30 days before."""
    sql = "select max(event_at) from stg_telemetry where event_at > ? and event_at <= ? and available_at <= ?"
    [(newest,)] = con.execute(sql, [as_of - timedelta(days=30), as_of, as_of]).fetchall()
    return newest


def _require_beyond(con: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    clock = fleet_clock(con)
    if as_of > clock.fresh_until:
        return
    [(first, last)] = con.execute("select min(as_of), max(as_of) from feature_mart").fetchall()
    raise NightNotReady(
        f"The mart has no row for {as_of}: it reaches from {first} to {last}, and the landed telemetry to "
        f"{clock.last_event_at}. Choose a night between, or run `dbt build` if files have landed since the last one."
    )
