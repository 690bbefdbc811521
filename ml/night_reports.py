"""The morning page of a night: what should the crew do; and how a page is named and written."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from ml.morning_page import PICTURE_DAYS, MorningPage, render_morning_page
from settings import Settings

PREDICTION = "failure_probability"


def morning_page(con: duckdb.DuckDBPyConnection, as_of: datetime, settings: Settings, warnings: list[str]) -> str:
    """The night's page as HTML text, from the predictions, the telemetry behind them and the night's drift."""
    predictions = con.execute(
        """
        select answers.*, machines.model as machine_model, machines.age as machine_age
        from nightly_answers as answers
        left join stg_machines as machines using (machine_id)
        where as_of = ?
        """,
        [as_of],
    ).df()
    top_n = settings.workspace.scoring.reasons_top_n
    page = MorningPage(
        as_of=as_of,
        horizon_hours=settings.fleet.horizon_hours,
        predictions=predictions,
        sensors=_readings(con, predictions, as_of, top_n, settings),
        fleet=settings.fleet,
        top_n=top_n,
        warnings=warnings,
        drift_summary=_drift_summary(con, as_of),
        links={"Drift report": report_name("drift", as_of)},
    )
    return render_morning_page(page)


def report_name(kind: str, as_of: datetime) -> str:
    """The file name of a night's report."""
    return f"{kind}_{as_of:%Y-%m-%d}.html"


def write_report(folder: Path, name: str, html: str) -> Path:
    """Write a page so that nobody ever opens half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{name}.partial"
    partial.write_text(html, encoding="utf-8")
    return partial.replace(folder / name)


def _readings(
    con: duckdb.DuckDBPyConnection, predictions: pd.DataFrame, as_of: datetime, top_n: int, settings: Settings
) -> pd.DataFrame:
    ranked = predictions.sort_values(["alert", PREDICTION], ascending=False, na_position="last")
    machines = list(ranked["machine_id"].head(max(top_n, int(predictions["alert"].sum()))))
    sensors = ", ".join(f"cast({sensor} as double) as {sensor}" for sensor in settings.fleet.sensors)
    return con.execute(
        f"""
        select machine_id, event_at, {sensors} from stg_telemetry
        where event_at > ? and event_at <= ? and available_at <= ?
            and (superseded_at is null or superseded_at > ?) and machine_id in (select unnest(?))
        order by machine_id, event_at
        """,
        [as_of - timedelta(days=PICTURE_DAYS), as_of, as_of, as_of, machines],
    ).df()


def _drift_summary(con: duckdb.DuckDBPyConnection, as_of: datetime) -> str | None:
    exists = con.execute(
        "select 1 from information_schema.tables where table_schema = 'ml' and table_name = 'drift_nights'"
    )
    if exists.fetchone() is None:
        return None
    row = con.execute("select summary from ml.drift_nights where as_of = ?", [as_of]).fetchone()
    return str(row[0]) if row else None
