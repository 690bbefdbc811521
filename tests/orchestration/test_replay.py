"""The main job, end to end on a small fleet: what `make run` leaves behind."""

import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from data.warehouse import connect
from ml.registry import Registry
from ml.steps import score_nights, train_champion
from orchestration.instance import workspace_instance
from orchestration.replay import run_job
from settings import ROOT, Settings
from tests.orchestration.conftest import HOSTILE, NIGHTS

GENERATED = shutil.ignore_patterns("*.duckdb*", "*.db*", "drops", "mlruns", "dagster", "published", "dbt", "logs")
PUBLISHED = (
    "predictions",
    "leaderboard",
    "failure_outcomes",
    "alert_episodes",
    "model_performance",
    "fleet_risk_today",
)

pytestmark = pytest.mark.xdist_group("replay")


@pytest.fixture
def published(replayed: Settings) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(replayed.paths.published / "nightshift.duckdb"), read_only=True)


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


def test_the_rules_stand_beside_the_champion(published: duckdb.DuckDBPyConnection) -> None:
    contenders = {row[0] for row in published.execute("select contender from leaderboard").fetchall()}
    assert contenders == {"champion", "rule:any_error_24h", "rule:oldest_component", "rule:sensor_shift", "base_rate"}


def test_the_model_knew_nothing_of_the_nights_it_scored(
    replayed: Settings, published: duckdb.DuckDBPyConnection
) -> None:
    card = Registry(replayed.paths, replayed.workspace.mlflow).champion()[0].card
    first = published.execute("select min(as_of) from predictions").fetchall()[0][0]
    assert datetime.fromisoformat(card.known_until) == first
    assert datetime.fromisoformat(card.trained_until) + timedelta(hours=24) <= first - timedelta(days=20)


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
        run_job(replayed, instance, "nightly", nights=nights)
    assert log_rows(replayed) == before


def test_training_on_the_same_rows_again_keeps_the_champion(replayed: Settings) -> None:
    models = Registry(replayed.paths, replayed.workspace.mlflow)
    model, version = models.champion()
    again = train_champion(replayed, datetime.fromisoformat(model.card.known_until))
    assert again.trained is None
    champion = models.find_champion()
    assert champion is not None
    assert again.version == version == champion[1]


def test_a_hostile_machine_is_only_data(replayed: Settings, published: duckdb.DuckDBPyConnection) -> None:
    assert published.execute("select count(*) from predictions where machine_id = ?", [HOSTILE]).fetchall() == [
        (NIGHTS,)
    ]
    pages = sorted(replayed.paths.report_dir.glob("*.html"))
    assert {page.name.split("_")[0] for page in pages} == {"morning", "drift"}
    for page in pages:
        assert "<script>alert(1)" not in page.read_text()
        assert "<img src=x" not in page.read_text()
    assert any("&lt;script&gt;alert(1)" in page.read_text() for page in pages if page.name.startswith("morning"))


def test_a_row_too_few_is_said_not_scored(replayed: Settings) -> None:
    with pytest.raises(
        RuntimeError, match=r"The mart has no row for 2025-04-01 06:00:00: the landed telemetry reaches"
    ):
        score_nights(replayed, [datetime(2025, 4, 1, 6)])


def test_nothing_is_generated_outside_home(replayed: Settings) -> None:
    made = {path.name for path in replayed.paths.home.iterdir()}
    assert {"warehouse.duckdb", "published", "mlflow.db", "mlruns", "reports", "dagster", "dbt", "logs"} <= made
    assert not list(Path(replayed.paths.home).rglob("*.partial"))


def test_a_settings_mistake_is_a_sentence_not_a_traceback(settings: Settings, tmp_path: Path) -> None:
    """The whole command, in a copy of the project with a misspelt key."""
    kept = ("settings.py", "workspace.toml", "dbt_project.yml", "profiles.yml", "dagster.yaml", ".env")
    for name in kept:
        shutil.copy(ROOT / name, tmp_path)
    for room in ("data", "ml", "orchestration"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=GENERATED)
    with (tmp_path / "workspace.toml").open("a") as file:
        file.write("nigths = 3\n")
    command = [sys.executable, "-m", "orchestration.replay"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "workspace.toml: unknown key `schedules.nigths`; remove it or correct its spelling." in done.stderr
    assert "Traceback" not in done.stderr
