"""A small published copy with a champion, made without a night: three nights of thirty machines."""

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from delivery.publishing.snapshots import publish
from ml.models.model import Model, save_model
from ml.models.version import ModelVersion
from ml.registry.artifacts import BUNDLE
from ml.scoring.score import score
from settings import Settings

ODD = "Presse 4/2 Süd <b>"  # a machine's id
QUIET = "m5"
NIGHTS = [datetime(2025, 2, day, 6) for day in (26, 27, 28)]
DAY = timedelta(days=1)
TOKEN, READ_TOKEN = "a-token-for-writing-0123", "a-token-for-reading-0123"
# The tables of MLflow's that tell who scores.
REGISTRY = """
    create table model_versions (name, version integer, run_id, current_stage, workspace default 'default');
    create table model_version_tags (name, version integer, key, value, workspace default 'default');
    create table registered_model_aliases (name, alias, version integer, workspace default 'default');
    create table latest_metrics (run_uuid, key, value);
"""
CASES = """
    create table alert_episodes (machine_id varchar, component varchar, opened_at timestamp, last_alert_at timestamp,
        closed_at timestamp, closed_by varchar, nights bigint, highest_probability double, failed_at timestamp,
        replaced_at timestamp, lead_hours double, verdict varchar, crew_verdict varchar, crew_note varchar,
        crew_at timestamp);
    create table nights (as_of timestamp, status varchar, note varchar, machines bigint, silent bigint, alerts bigint,
        newest_reading_at timestamp, model_version varchar);
    create table drift_nights (as_of timestamp, judged boolean, drifted boolean, summary varchar, quality double,
        quality_low double, quality_high double, quality_fallen boolean);
    create table drift (as_of timestamp, column_name varchar, kind varchar, judged boolean, drifted boolean,
        missing_drifted boolean, effect double, threshold double, missing_reference double, missing_current double,
        reason varchar);
    create table promotions (model_version varchar, decided_at varchar, promoted boolean, trusted boolean,
        reason varchar, replaced varchar, figures varchar);
    create table landed_files (feed varchar, file varchar);
    create table machines (machine_id varchar, model varchar, age double);
    create table errors (machine_id varchar, event_at timestamp, error_code varchar, available_at timestamp);
    create table replacements (machine_id varchar, event_at timestamp, component varchar, available_at timestamp);
    create table outages (machine_id varchar, component varchar, failed_at timestamp, known_at timestamp);
"""


def renamed(mart: pd.DataFrame) -> pd.DataFrame:
    """The shared mart's last days, with an odd id, and a machine of which nothing was read."""
    rows = mart[mart["as_of"] > NIGHTS[0] - 3 * DAY].copy()
    rows["machine_id"] = rows["machine_id"].replace({"m1": ODD})
    for name in rows.columns[rows.columns.str.contains("_n_")]:
        rows.loc[rows["machine_id"] == QUIET, name] = 0.0
    return rows.reset_index(drop=True)


def publish_nights(settings: Settings, rows: pd.DataFrame, model: Model, nights: list[datetime]) -> None:
    """Publish as if these nights had been scored, the last of them with an open case of the odd machine."""
    with tables_of(settings, rows, model, nights) as con:
        publish_all(settings, con)


def publish_all(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    tables = {name: name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
    publish(con, settings.paths.published, tables)


def tables_of(
    settings: Settings, rows: pd.DataFrame, model: Model, nights: list[datetime]
) -> duckdb.DuckDBPyConnection:
    """The tables of these nights, in memory."""
    version = ModelVersion(settings.workspace.mlflow.model_name, "1")
    night_rows = rows[rows["as_of"].isin(nights)].reset_index(drop=True)
    told = score(night_rows, model, version, settings, nights[-1])
    last = nights[-1]
    con = duckdb.connect()
    con.execute(CASES)
    for name, frame in (("predictions", told), ("feature_mart", rows[rows["as_of"] <= last])):
        con.register("made", frame)
        con.execute(f"create table {name} as from made")
        con.unregister("made")
    con.execute("insert into machines select distinct machine_id, model, age from feature_mart")
    con.execute(
        "insert into nights select as_of, 'scored', '', count(*), count(*) filter (where risk_level = 'silent'), "
        "count(*) filter (where alert), as_of, any_value(model_version) from predictions group by as_of"
    )
    con.execute("insert into drift_nights values (?, true, true, 'One column drifted.', 0.8, 0.7, 0.9, false)", [last])
    con.execute(
        "insert into drift values (?, 'volt', 'feature', true, true, false, 0.9, 0.3, 0, 0.5, null), "
        "(?, 'steady', 'feature', true, false, false, 'nan', 0.3, 0, 0, null)",
        [last, last],
    )
    figures = json.dumps({"challenger": {"average_precision": 0.9, "cost": float("nan")}})
    con.execute(
        "insert into promotions values ('1', '2025-02-20T06:00:00', true, true, 'It is the first.', null, ?)",
        [figures],
    )
    con.execute(
        "insert into alert_episodes values "
        "($m, 'comp1', $open, $last, null, null, 2, 0.9, null, null, null, 'pending', null, null, null), "
        "('m2', 'comp1', $old, $old, $open, 'failure', 1, 0.8, $open, null, 20.0, 'true', 'replaced', "
        "'done <i>', $open)",
        {"m": ODD, "open": nights[0], "last": last, "old": nights[0] - 9 * DAY},
    )
    con.execute("insert into errors values (?, ?, 'error1', ?)", [ODD, last - DAY / 4, last - DAY / 4])
    con.execute("insert into outages values (?, 'comp2', ?, ?)", [ODD, last - DAY, last - DAY])
    return con


def make_champion(settings: Settings, model: Model, version: str) -> None:
    """Enter a model as the champion, as MLflow's database says it."""
    home, name, run = settings.paths.home, settings.workspace.mlflow.model_name, f"run{version}"
    save_model(model, settings.paths.mlflow_artifacts / run / "artifacts" / BUNDLE)
    database = home / "mlflow.db"
    fresh = not database.exists()
    with sqlite3.connect(database) as con:
        if fresh:
            con.executescript(REGISTRY)
        con.execute("insert into model_versions (name, version, run_id) values (?, ?, ?)", (name, int(version), run))
        con.execute("delete from registered_model_aliases")
        con.execute(
            "insert into registered_model_aliases (name, alias, version) values (?, 'champion', ?)",
            (name, int(version)),
        )
    con.close()


def home_of(settings: Settings, folder: Path, **serving: object) -> Settings:
    """The settings of a home in `folder`, with drops and reports of its own."""
    paths = settings.paths.model_copy(
        update={"home": folder / "home", "drops": folder / "drops", "reports": folder / "reports"}
    )
    for path in (paths.home, paths.drops, paths.report_dir):
        path.mkdir(exist_ok=True)
    workspace = settings.workspace.model_copy(
        update={"paths": paths, "serving": settings.workspace.serving.model_copy(update=serving)}
    )
    return settings.model_copy(update={"workspace": workspace})
