"""The main job, end to end on a small fleet: what `make run` leaves behind."""

import json
import shutil
import subprocess
import sys
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from delivery.publishing.reading import open_published
from delivery.publishing.snapshots import LATEST
from ml.evaluation.naive_rules import RULES
from ml.evaluation.scenarios import CONFIGURED, REFITTED, scenarios
from ml.mart.nights import NightNotReady
from ml.registry.registry import Registry, registry
from ml.scoring.night_status import NOT_SCORED, not_scored
from ml.scoring.night_status import TABLE as NIGHTS_TABLE
from ml.training.fingerprint import code_version
from orchestration.commands import evaluate as evaluate_command
from orchestration.commands import replay as replay_command
from orchestration.commands.morning_summary import evaluation_summary, morning_summary
from orchestration.commands.run import run_job
from orchestration.runs.instance import workspace_instance
from settings import ROOT, Settings
from steps.evaluate import announce_evaluation
from steps.pages import write_morning_page
from steps.publish import GROWING, PARQUET_ONLY
from steps.publish import PUBLISHED as STABLE_NAMES
from steps.reproduce import reproduce
from steps.score import score_nights
from steps.train import train_challenger
from tests.delivery.publishing.older_kit import VERSIONS, answers
from tests.orchestration.conftest import HOSTILE, NIGHTS
from warehouse.connection import connect
from warehouse.tables import replace_rows

ROOMS = ("settings", "simulator", "warehouse", "ingestion", "ml", "delivery", "steps", "orchestration")
PUBLISHED = (
    "predictions",
    "leaderboard",
    "failure_outcomes",
    "alert_episodes",
    "model_performance",
    "fleet_risk_today",
    "drift",
    "drift_nights",
)

pytestmark = pytest.mark.xdist_group("replay")


@pytest.fixture
def published(replayed: Settings) -> duckdb.DuckDBPyConnection:
    return open_published(replayed.paths.published)


def log_rows(settings: Settings) -> list[tuple[object, ...]]:
    with connect(settings.paths.warehouse, read_only=True) as con:
        return con.execute("select * exclude (scored_at) from ml.prediction_log order by as_of, machine_id").fetchall()


def test_every_machine_is_scored_every_night(published: duckdb.DuckDBPyConnection) -> None:
    found = published.execute(
        "select as_of, count(*), count(distinct machine_id) from predictions group by 1 order by 1"
    )
    last = datetime(2025, 3, 17, 6) - timedelta(days=1)
    assert found.fetchall() == [(last - timedelta(days=back), 12, 12) for back in reversed(range(NIGHTS))]


@pytest.mark.parametrize("table", PUBLISHED)
def test_readers_find_the_table(published: duckdb.DuckDBPyConnection, table: str) -> None:
    published.execute(f"select * from {table}").fetchall()


def test_old_and_foreign_readers_know_every_type(replayed: Settings) -> None:
    """What DuckDB 1.1 can store, pandas, Polars and Spark read from Parquet as it is, and BI tools show."""
    with open_published(replayed.paths.published) as con:
        types = "select distinct regexp_replace(data_type, '[(].*', '') from duckdb_columns() where not internal"
        used = {kind for (kind,) in con.execute(types).fetchall()}
    assert used <= {"VARCHAR", "TIMESTAMP", "DATE", "BOOLEAN", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL"}


@pytest.mark.readers
def test_older_versions_read_every_table_elsewhere(replayed: Settings, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(replayed.paths.published / LATEST, tmp_path / "copy")) / "nightshift.duckdb"
    ours = answers("", copy)
    assert set(ours) == set(STABLE_NAMES) - set(PARQUET_ONLY)
    assert {version: answers(version, copy) for version in VERSIONS} == dict.fromkeys(VERSIONS, ours)


def test_every_table_has_a_stable_name_in_parquet(replayed: Settings) -> None:
    found = {path.stem: path.is_dir() for path in (replayed.paths.published / LATEST).iterdir()}
    tables = {name: kind for name, kind in found.items() if not name.startswith("nightshift")}
    assert {name for name, is_folder in tables.items() if is_folder} == set(GROWING)
    assert set(tables) == set(STABLE_NAMES)


def test_every_contender_stands_in_every_scenario(replayed: Settings, published: duckdb.DuckDBPyConnection) -> None:
    board = published.execute("select * from leaderboard").df()
    everywhere = {"champion", "logistic_regression", "hist_gradient_boosting", *RULES}
    for scenario in scenarios(replayed.fleet):
        rows = board[board["scenario"] == scenario.name]
        assert set(rows["contender"]) == everywhere | ({REFITTED} if scenario.rebuilt else set()), scenario.name
        assert rows["rows"].nunique() == rows["positives"].nunique() == 1
    assert (
        board["average_precision"].between(board["average_precision_low"], board["average_precision_high"]).mean() > 0.9
    )
    for fold in ("fold 1 of 2", "fold 2 of 2"):
        rows = board[board["scenario"] == fold]
        assert set(rows["contender"]) == {REFITTED, *RULES}
        assert rows["held_out_until"].max() < board[board["scenario"] == CONFIGURED]["held_out_from"].min()
    twice = board[board["scenario"] == "48 h horizon"]["positives"].iloc[0]
    assert twice > 1.5 * board[board["scenario"] == CONFIGURED]["positives"].iloc[0]


def test_the_morning_is_on_the_screen_before_the_rest_is_judged(
    replayed: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def cut_off_while_judging(settings: Settings, instance: object, job: str, **_: object) -> None:
        asked.append(job)
        if job == "evaluate":
            raise RuntimeError

    for module in (replay_command, evaluate_command):
        monkeypatch.setattr(module, "run_job", cut_off_while_judging)
    with pytest.raises(RuntimeError):
        replay_command.replay(replayed)
    assert asked == ["build", "challenge", "score", "evaluate"]
    morning, _, judging = capsys.readouterr().out.partition("==> judging every contender")
    assert "riskiest machines first:" in morning
    assert "The gate on version" in morning
    assert "Morning page" in morning
    assert "done" not in judging
    board = evaluation_summary(replayed)
    assert "champion" in board
    assert "rule:any_error_24h" in board


def test_the_link_to_the_evaluation_leads_somewhere_before_there_is_one(settings: Settings, tmp_path: Path) -> None:
    paths = settings.paths.model_copy(update={"reports": tmp_path})
    workspace = settings.workspace.model_copy(update={"paths": paths})
    at_home = settings.model_copy(update={"workspace": workspace})
    announce_evaluation(at_home)
    page = tmp_path / "evaluation.html"
    assert "make evaluate" in page.read_text()
    page.write_text("the report of an earlier model")
    announce_evaluation(at_home)
    assert page.read_text() == "the report of an earlier model"


def test_the_leaderboard_is_what_sql_says_of_the_same_rows(
    replayed: Settings, published: duckdb.DuckDBPyConnection
) -> None:
    """any_error_24h is one column: its rows, failures and precision can be counted without any of our Python."""
    board = published.execute(
        "select * from leaderboard where scenario = 'as configured' and contender = 'rule:any_error_24h'"
    ).df().iloc[0]  # fmt: skip
    nights = published.execute(
        "select errors_count_24h as score, fails_any from feature_mart where label_status = 'mature' "
        "and as_of between ? and ? and hour(as_of) = 6", [board["held_out_from"], board["held_out_until"]]
    ).df()  # fmt: skip
    assert (len(nights), nights["fails_any"].sum()) == (board["rows"], board["positives"])
    assert np.isclose(average_precision_score(nights["fails_any"], nights["score"]), board["average_precision"])


def test_other_costs_choose_other_thresholds(published: duckdb.DuckDBPyConnection) -> None:
    table = published.execute("select * from cost_sensitivity").df()
    assert len(table) == 17
    assert (table["missed_failure"] == 1000).sum() == 13
    dear, cheap = (table[(table["varied"] == "needless_visit") & (table["factor"] == f)].iloc[0] for f in (4, 0.25))
    assert dear["threshold"] >= cheap["threshold"]


def test_the_gates_decision_is_on_record(replayed: Settings, published: duckdb.DuckDBPyConnection) -> None:
    [(version, promoted, reason, figures)] = published.execute(
        "select model_version, promoted, reason, figures from promotions order by decided_at limit 1"
    ).fetchall()
    assert (version, promoted) == ("1", True)
    assert reason
    assert set(json.loads(figures)) == {"challenger", *RULES}


def test_the_model_knew_nothing_of_the_nights_it_scored(
    replayed: Settings, published: duckdb.DuckDBPyConnection
) -> None:
    card = registry(replayed).champion()[0].card
    first = published.execute("select min(as_of) from predictions").fetchall()[0][0]
    [(held_out,)] = published.execute(
        "select min(held_out_from) from leaderboard where scenario = 'as configured'"
    ).fetchall()
    assert datetime.fromisoformat(card.cutoff) < held_out <= first
    assert datetime.fromisoformat(card.trained_until) + timedelta(hours=24) <= datetime.fromisoformat(card.cutoff)


def test_the_model_comes_out_the_same_byte_for_byte(replayed: Settings) -> None:
    models = registry(replayed)
    run_id = models.runs.run_id(models.champion()[1])
    assert reproduce(run_id, replayed).differences == ()
    assert models.client.get_run(run_id).data.params["code_version"] == code_version()


def test_a_changed_row_is_found_out(replayed: Settings, tmp_path: Path) -> None:
    """In a copy of the warehouse the shifts of one sensor are moved: the model cannot come out the same."""
    models = registry(replayed)
    model, version = models.champion()
    for name in ("warehouse.duckdb", "mlflow.db"):
        shutil.copy(replayed.paths.home / name, tmp_path)
    shutil.copytree(replayed.paths.home / "mlruns", tmp_path / "mlruns")
    paths = replayed.paths.model_copy(update={"home": tmp_path})
    moved = replayed.model_copy(update={"workspace": replayed.workspace.model_copy(update={"paths": paths})})
    with connect(tmp_path / "warehouse.duckdb") as con:
        con.execute("update sensor_features set volt_shift_24h = volt_shift_24h + 30 where as_of between ? and ?",
                    [model.card.trained_from, model.card.trained_until])  # fmt: skip
    found = reproduce(models.runs.run_id(version), moved).differences
    assert "nightshift.json differs" in found
    assert any("the rows of the training span are not the same" in line for line in found)


def test_the_mart_is_in_the_warehouse(replayed: Settings) -> None:
    with connect(replayed.paths.warehouse, read_only=True) as con:
        names = {row[0] for row in con.execute("select column_name from (describe feature_mart)").fetchall()}
    assert {"machine_id", "as_of", "label_status", "fails_any", "fails_comp4", "volt_mean_24h"} <= names


def test_scoring_a_night_again_changes_nothing(replayed: Settings, published: duckdb.DuckDBPyConnection) -> None:
    before = log_rows(replayed)
    score_nights(replayed, [published.execute("select max(as_of) from predictions").fetchall()[0][0]])
    assert log_rows(replayed) == before


def test_a_second_run_of_the_whole_graph_changes_nothing(replayed: Settings) -> None:
    before = log_rows(replayed)
    with workspace_instance() as instance:
        nights = sorted({row[1].date() for row in before})  # type: ignore[attr-defined]
        run_job(replayed, instance, "nightly", nights=nights[-2:])
    assert log_rows(replayed) == before


def test_training_on_the_same_rows_again_keeps_the_champion(replayed: Settings) -> None:
    models = registry(replayed)
    version = models.champion()[1]
    again = train_challenger(replayed)
    assert again.trained is None
    assert again.version == again.champion == version == models.champion()[1]


def test_a_model_that_is_not_trusted_says_so_on_every_page(replayed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    night = max(row[1] for row in log_rows(replayed))  # type: ignore[type-var]
    untrusted = "Model version 1 is not to be trusted yet. It lost to a rule."
    with connect(replayed.paths.warehouse) as con:
        before = con.execute("select * from ml.promotions").df()
        con.execute("update ml.promotions set trusted = false, reason = 'It lost to a rule.'")
    monkeypatch.setattr(Registry, "warnings", lambda self: [untrusted])
    page = write_morning_page(replayed, night)  # type: ignore[arg-type]
    assert untrusted in page.read_text()
    assert f"WARNING: {untrusted}" in morning_summary(replayed, night)  # type: ignore[arg-type]
    monkeypatch.undo()
    with connect(replayed.paths.warehouse) as con:
        replace_rows(con, "ml.promotions", before.assign(trusted=True))
    assert untrusted not in write_morning_page(replayed, night).read_text()  # type: ignore[arg-type]
    with connect(replayed.paths.warehouse) as con:
        replace_rows(con, "ml.promotions", before)


def test_what_a_run_has_to_tell_is_told_once(replayed: Settings) -> None:
    """The gate's decision and the last night's alerts; whoever has set no webhook finds them in the log."""
    told = [json.loads(line) for line in replayed.paths.notification_log.read_text().splitlines()]
    assert len({line["key"] for line in told}) == len(told)
    assert [line["title"] for line in told if line["kind"] == "promotion"] == ["Model version 1 scores from now on"]
    night = max(row[1] for row in log_rows(replayed))  # type: ignore[type-var]
    with connect(replayed.paths.warehouse, read_only=True) as con:
        alerts = con.execute("select machine_id from nightly_answers where as_of = ? and alert", [night]).fetchall()
    named = {alert["machine"] for line in told if line["kind"] == "new_alerts" for alert in line["data"]["alerts"]}
    assert {machine for (machine,) in alerts} <= named
    assert {line["delivery"] for line in told} == {"off"}


def test_a_hostile_machine_is_only_data(replayed: Settings, published: duckdb.DuckDBPyConnection) -> None:
    assert published.execute("select count(*) from predictions where machine_id = ?", [HOSTILE]).fetchall() == [
        (NIGHTS,)
    ]
    pages = sorted(replayed.paths.report_dir.glob("*.html"))
    assert {page.name.split("_")[0] for page in pages} == {"morning", "drift", "evaluation.html", "index.html"}
    for page in replayed.paths.report_dir.rglob("*.html"):
        assert "<script>alert(1)" not in page.read_text()
        assert "<img src=x" not in page.read_text()
    assert any("&lt;script&gt;alert(1)" in page.read_text() for page in pages if page.name.startswith("morning"))


def test_a_night_without_telemetry_is_not_scored(replayed: Settings) -> None:
    """Yesterday's state must not pass for today's: beyond the data nothing is answered, and it is said why."""
    before = log_rows(replayed)
    predictions, nights = score_nights(replayed, [datetime(2025, 4, 1, 6)])
    assert predictions.empty
    assert list(nights["status"]) == [NOT_SCORED]
    assert not_scored(nights)[0].startswith(
        "The night of 2025-04-01 06:00 was not scored: The last reading is of 2025-03-17 00:00, and "
    )
    assert log_rows(replayed) == before
    with connect(replayed.paths.warehouse) as con:
        con.execute(f"delete from {NIGHTS_TABLE} where as_of = '2025-04-01 06:00'")


def test_a_night_before_the_data_is_refused(replayed: Settings) -> None:
    with pytest.raises(NightNotReady, match=r"The mart has no row for 2024-04-01 06:00:00: it reaches from 2025-01"):
        score_nights(replayed, [datetime(2024, 4, 1, 6)])


def test_every_night_is_judged_for_drift_and_stands_in_the_index(
    replayed: Settings, published: duckdb.DuckDBPyConnection
) -> None:
    nights = [row[0] for row in published.execute("select distinct as_of from predictions order by 1").fetchall()]
    judged = published.execute("select as_of, judged, quality_rows from drift_nights order by 1").fetchall()
    assert [(as_of, known) for as_of, known, _ in judged] == [(night, True) for night in nights]
    assert [rows for *_, rows in judged] == sorted(rows for *_, rows in judged)
    assert judged[0][2] == 0 < judged[-1][2], "the first night knows no outcome of its own answers, the last one does"
    kinds = published.execute("select distinct as_of, kind from drift").fetchall()
    assert set(kinds) == {(night, kind) for night in nights for kind in ("feature", "clock", "prediction", "readings")}
    index = (replayed.paths.report_dir / "index.html").read_text()
    assert all(f"morning_{night:%Y-%m-%d}.html" in index.partition("<table")[0] for night in nights)  # the pictures
    index = index.partition("<table")[2]
    places = [index.index(f"morning_{night:%Y-%m-%d}.html") for night in nights]
    assert places == sorted(places, reverse=True)
    assert f"drift_{nights[-1]:%Y-%m-%d}.html" in index


def test_nothing_is_generated_outside_home(replayed: Settings) -> None:
    made = {path.name for path in replayed.paths.home.iterdir()}
    assert {"warehouse.duckdb", "published", "mlflow.db", "mlruns", "reports", "dagster", "dbt", "logs"} <= made
    assert not list(Path(replayed.paths.home).rglob("*.partial"))


def test_a_settings_mistake_is_a_sentence_not_a_traceback(settings: Settings, tmp_path: Path) -> None:
    """The whole command, in a copy of the project with a misspelt key."""
    kept = ("workspace.toml", "dbt_project.yml", "profiles.yml", "dagster.yaml", ".env")
    for name in kept:
        shutil.copy(ROOT / name, tmp_path)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room)
    text = (tmp_path / "workspace.toml").read_text()
    (tmp_path / "workspace.toml").write_text(f"{text}nigths = 3\n")
    section = list(tomllib.loads(text))[-1]
    command = [sys.executable, "-m", "orchestration.commands.replay"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    at = len(text.splitlines()) + 1
    assert f"workspace.toml:{at}: unknown key `{section}.nigths`; remove it or correct its spelling." in done.stderr
    assert "Traceback" not in done.stderr
