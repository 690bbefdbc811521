"""The morning page of a night, from the warehouse: only what was known at that night, whenever the page is written."""

from datetime import datetime, timedelta

import duckdb
import pandas as pd

from delivery.findings import KEPT_FINDINGS, bounded_lines, findings_of
from delivery.pages.files import EVALUATION, INDEX, report_name
from delivery.pages.machine.chosen import NO_PAGES, MachinePages
from delivery.pages.machine.happened import events_of
from delivery.pages.morning.cases import last_week, open_cases
from delivery.pages.morning.changes import night_changes
from delivery.pages.morning.contents import Changes
from delivery.pages.morning.page import MorningPage, render_morning_page
from delivery.pages.morning.pictures import PICTURE_DAYS
from ml.evaluation.decision import distrust
from ml.registry.thresholds import alert_thresholds
from ml.scoring.contract import SILENT
from ml.scoring.from_normal import VERSION
from ml.scoring.night_status import NOT_SCORED, TABLE, scored_before, status_of
from settings import Fleet, Settings
from warehouse.tables import table_exists

# Every table that the page is made from: the asset's deps and the dbt exposure follow, and a test watches what is read.
READS = (
    "nightly_answers",
    "case_history",
    "known_cases",
    "known_failures",
    "outages",
    "stg_errors",
    "stg_replacements",
    "stg_machines",
    "stg_telemetry",
    "ml.nights",
    "ml.promotions",
    "ml.drift_nights",
    KEPT_FINDINGS,
)
QUALITY_LINES = 2
NO_ANSWER = "No machine was scored for this night."


def morning_page(
    con: duckdb.DuckDBPyConnection, as_of: datetime, settings: Settings, machine_pages: MachinePages = NO_PAGES
) -> str:
    """The night's page as HTML text; of a night that was not scored, a page that says so and shows no risk.

    `machine_pages`: the machines' own pages that it leads to, which must have been written.
    """
    status, note = status_of(con, as_of)
    predictions = _answers(con, as_of)
    not_scored = None
    if status == NOT_SCORED or predictions.empty:
        not_scored, predictions = note or NO_ANSWER, predictions.head(0)
    top_n = settings.workspace.scoring.reasons_top_n
    since, shown = scored_before(con, as_of), _shown(predictions, top_n)
    page = MorningPage(
        as_of=as_of,
        horizon_hours=settings.fleet.horizon_hours,
        predictions=predictions,
        sensors=_readings(con, shown, as_of, settings),
        fleet=settings.fleet,
        top_n=top_n,
        costs=settings.workspace.economics,
        events=events_of(con, shown, as_of - timedelta(days=PICTURE_DAYS), as_of),
        thresholds=_thresholds(predictions, settings),
        warnings=_warnings(con, predictions, note),
        quality=_quality(con, as_of, settings.fleet),
        drift_summary=_drift_summary(con, as_of),
        links=_links(con, as_of, since, predictions, settings),
        cases=open_cases(con, as_of),
        changes=None if not_scored or since is None else _changes(con, predictions, since, as_of, settings),
        week=last_week(con, as_of),
        silent_since=_last_readings(con, predictions, as_of, settings),
        not_scored=not_scored,
        machine_pages=machine_pages,
        remaining_coverage=settings.workspace.training.remaining_coverage,
    )
    return render_morning_page(page)


def _answers(con: duckdb.DuckDBPyConnection, as_of: datetime) -> pd.DataFrame:
    return con.execute(
        """
        select answers.*, machines.model as machine_model, machines.age as machine_age
        from nightly_answers as answers
        left join stg_machines as machines using (machine_id)
        where as_of = ?
        """,
        [as_of],
    ).df()


def _thresholds(predictions: pd.DataFrame, settings: Settings) -> tuple[float, ...]:
    """The probabilities from which the models that answered alert."""
    versions = sorted(set(predictions["model_version"].dropna()))
    return tuple(sorted(alert_thresholds(settings.paths, settings.workspace.mlflow, versions).values()))


def _changes(
    con: duckdb.DuckDBPyConnection, tonight: pd.DataFrame, since: datetime, as_of: datetime, settings: Settings
) -> Changes:
    events = con.execute(
        """
        select machine_id, component, 'failed' as kind from outages
        where known_at > $since and known_at <= $as_of
        union all
        select machine_id, component, 'replaced' as kind from stg_replacements
        where available_at > $since and available_at <= $as_of
        """,
        {"since": since, "as_of": as_of},
    ).df()
    return night_changes(tonight, _answers(con, since), events, since, settings.fleet.component_label)


def _shown(predictions: pd.DataFrame, top_n: int) -> list[str]:
    """The machines of which the page has pictures."""
    by = [name for name in ("alert", "failure_probability", "distance_from_normal") if name in predictions]
    ranked = predictions.sort_values(by, ascending=False, na_position="last")
    return list(ranked["machine_id"].head(max(top_n, int(predictions["alert"].sum()))))


def _readings(con: duckdb.DuckDBPyConnection, machines: list[str], as_of: datetime, settings: Settings) -> pd.DataFrame:
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


def _last_readings(
    con: duckdb.DuckDBPyConnection, predictions: pd.DataFrame, as_of: datetime, settings: Settings
) -> dict[str, datetime]:
    """The last reading of any sensor of each silent machine."""
    silent = list(predictions.loc[predictions["risk_level"] == SILENT, "machine_id"])
    rows = con.execute(
        f"""
        select machine_id, max(event_at) from stg_telemetry
        where event_at <= ? and available_at <= ? and machine_id in (select unnest(?))
            and coalesce({", ".join(settings.fleet.sensors)}) is not null
        group by machine_id
        """,
        [as_of, as_of, silent],
    ).fetchall()
    return dict(rows)


def _warnings(con: duckdb.DuckDBPyConnection, predictions: pd.DataFrame, note: str) -> list[str]:
    """What to know of the night, and of the models that answered in it (not of whoever is champion by now)."""
    told = [note] if note and not predictions.empty else []
    if not table_exists(con, "ml.promotions"):
        return told
    rows = con.execute(
        """
        select model_version, reason from ml.promotions
        where not trusted and model_version in (select unnest(?)) order by model_version
        """,
        [sorted(set(predictions["model_version"].dropna()))],
    ).fetchall()
    return told + [distrust(version, reason) for version, reason in rows]


def _quality(con: duckdb.DuckDBPyConnection, as_of: datetime, fleet: Fleet) -> list[str]:
    """The worst of what that night knew to be odd about its data, and how much more there is."""
    return bounded_lines([one for one in findings_of(con, as_of, fleet) if one.matters], QUALITY_LINES)


def _links(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    since: datetime | None,
    predictions: pd.DataFrame,
    settings: Settings,
) -> dict[str, str]:
    # Not every night's drift is drawn: of a range of quiet nights only the last.
    drawn = (settings.paths.report_dir / report_name("drift", as_of)).exists()
    before = _page_before(con, as_of, since)
    # It may be written after the morning; before there is a model there is none to come.
    written = (settings.paths.report_dir / EVALUATION).exists()
    evaluated = written or VERSION.version not in set(predictions["model_version"])
    return {
        **({"Drift report": report_name("drift", as_of)} if drawn else {}),
        **({"Evaluation report": EVALUATION} if evaluated else {}),
        **({"The night before": report_name("morning", before)} if before else {}),
        **({"The last night that was scored": report_name("morning", since)} if since and since != before else {}),
        "All reports": INDEX,
    }


def _page_before(con: duckdb.DuckDBPyConnection, as_of: datetime, since: datetime | None) -> datetime | None:
    """The last night before this one that has a page: one that was not scored has one too."""
    if not table_exists(con, TABLE):
        return since
    row = con.execute(f"select max(as_of) from {TABLE} where as_of < ?", [as_of]).fetchone()
    return max((night for night in (since, row[0] if row else None) if night), default=None)


def _drift_summary(con: duckdb.DuckDBPyConnection, as_of: datetime) -> str | None:
    if not table_exists(con, "ml.drift_nights"):
        return None
    row = con.execute("select summary from ml.drift_nights where as_of = ?", [as_of]).fetchone()
    return str(row[0]) if row else None
