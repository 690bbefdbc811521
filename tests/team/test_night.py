"""A team's night: by the daemon's own clock, all of it in a team's servers; then a kill, and a restored backup."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
from pyarrow import dataset, fs

from settings import ROOT
from tests.team.fleet_of_today import MACHINES, FleetOfToday
from tests.team.servers import PASSWORD, PLAIN_PASSWORD, Postgres, client_of, free_port

pytestmark = pytest.mark.team
PATIENCE_SECONDS = 600
BIN = Path(sys.executable).parent
JOBS = """
import sys
from orchestration.commands.run import run_command, run_job
from orchestration.runs.instance import workspace_instance
def jobs(settings):
    with workspace_instance(settings) as instance:
        return all(run_job(settings, instance, name).success for name in sys.argv[1:])
sys.exit(run_command(jobs))
"""


@dataclass
class Team:
    """A fleet, a home and the servers of a team."""

    fleet: FleetOfToday
    home: Path
    folder: Path
    postgres: Postgres
    s3: dict[str, str]
    runs: str = "team_runs"
    models: str = "team_models"

    @property
    def env(self) -> dict[str, str]:
        """As a service has it: what deploy/team.env names, and no path of the virtual environment."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
            "DBT_PROJECT_DIR": str(self.fleet.folder), "NIGHTSHIFT_HOME": str(self.home),
            "NIGHTSHIFT_DROPS": str(self.fleet.drops), "DAGSTER_HOME": str(ROOT / "deploy/dagster"),
            "NIGHTSHIFT_DAGSTER_DB": self.postgres.address(self.runs),
            "NIGHTSHIFT_MLFLOW_DB": self.postgres.address(self.models),
            "NIGHTSHIFT_MLFLOW_FILES": "s3://nightshift/team/models", "NIGHTSHIFT_MIRROR": "s3://nightshift/team/published",
            "DO_NOT_TRACK": "1", "DAGSTER_DISABLE_TELEMETRY": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "no_proxy": "*",
            **self.s3,
        }  # fmt: skip

    def call(self, *command: str) -> str:
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        log = self.home / "logs/run.log"
        assert done.returncode == 0, (done.stdout, done.stderr[-5000:], log.read_text()[-5000:] if log.exists() else "")
        return done.stdout

    def runs_on_record(self) -> list[tuple[str, str]]:
        return self.query(self.runs, "select pipeline_name, status from runs order by id")

    def query(self, database: str, query: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.postgres.plain(database))) as con, con.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def scored(self) -> list[tuple[Any, ...]]:
        """What the warehouse says of the last night."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as con:
            query = "select * exclude (scored_at) from predictions where as_of = (select max(as_of) from predictions)"
            return con.execute(f"{query} order by machine_id").fetchall()


@pytest.fixture(scope="module")
def team(postgres: Postgres, s3: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Team:
    """Built on the history, with a champion, before the first night."""
    folder = tmp_path_factory.mktemp("team")
    postgres.make("team_runs", "team_models")
    found = Team(FleetOfToday(folder), folder / "home", folder, postgres, s3)
    found.fleet.deliver_history()
    found.call(sys.executable, "-c", JOBS, "build", "challenge")
    return found


@contextmanager
def service(team: Team, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """One of the services, in a process group of its own."""
    with (team.folder / f"{Path(command[0]).name}.log").open("a") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=team.env, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@pytest.fixture(scope="module")
def night(team: Team) -> Team:
    """The night that the schedule has run by its own clock."""
    team.fleet.deliver_tonight()
    team.fleet.strikes_at(team.fleet.next_minute())
    team.call(str(BIN / "dagster"), "schedule", "start", "nightly_schedule")
    deadline = time.monotonic() + PATIENCE_SECONDS
    with service(team, str(BIN / "dagster-daemon"), "run"):
        while ("nightly", "SUCCESS") not in (runs := team.runs_on_record()):
            log = (team.folder / "dagster-daemon.log").read_text()
            assert ("nightly", "FAILURE") not in runs, log[-5000:]
            assert time.monotonic() < deadline, (runs, log[-5000:])
            time.sleep(1)
    return team


def test_the_schedule_runs_the_night_by_its_own_clock(night: Team) -> None:
    rows = night.scored()
    assert len(rows) == MACHINES
    with duckdb.connect(str(night.home / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("select max(as_of), max(status) from ml.nights").fetchall() == [
            (night.fleet.as_of, "scored")
        ]
    tags = night.query(night.runs, "select value from run_tags where key = 'dagster/schedule_name'")
    assert tags == [("nightly_schedule",)]
    assert datetime.now(UTC).date() == night.fleet.night


def test_records_and_models_are_in_the_servers_and_nowhere_else(night: Team) -> None:
    assert [job for job, _ in night.runs_on_record()][:2] == ["build", "challenge"]
    assert night.query(night.models, "select alias, version from registered_model_aliases") == [("champion", 1)]
    found = client_of(night.s3).list_objects_v2(Bucket="nightshift", Prefix="team/models/")["Contents"]
    assert any(one["Key"].endswith("/artifacts/bundle/MLmodel") for one in found)
    local = {path.name for path in night.home.iterdir()}
    assert "mlflow.db" not in local
    assert not list(night.home.rglob("dagster/**/*.db"))
    made = subprocess.run(
        ["git", "status", "--porcelain", "deploy"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "deploy/dagster/" not in made.stdout.replace("deploy/dagster/dagster.yaml", ""), (
        "DAGSTER_HOME stays as it is"
    )


def test_readers_elsewhere_have_the_night_by_download_and_by_duckdb(night: Team, tmp_path: Path) -> None:
    import json  # noqa: PLC0415

    wanted = {row[0]: row for row in night.scored()}
    client = client_of(night.s3)
    text = client.get_object(Bucket="nightshift", Key="team/published/latest.json")["Body"].read()
    names = json.loads(text)["tables"]["predictions"]
    for name in names:
        client.download_file("nightshift", f"team/published/{name}", str(tmp_path / Path(name).name))
    query = "select machine_id, failure_probability from {} where as_of = ? order by machine_id"
    plain = duckdb.execute(query.format(f"read_parquet('{tmp_path}/*.parquet')"), [night.fleet.as_of]).fetchall()
    assert {row[0] for row in plain} == set(wanted)
    store = fs.S3FileSystem(access_key=night.s3["AWS_ACCESS_KEY_ID"], secret_key=night.s3["AWS_SECRET_ACCESS_KEY"],
                            endpoint_override=night.s3["AWS_ENDPOINT_URL"])  # fmt: skip
    predictions = dataset.dataset([f"nightshift/team/published/{name}" for name in names], filesystem=store)
    assert predictions.count_rows() > 0
    assert duckdb.execute(query.format("predictions"), [night.fleet.as_of]).fetchall() == plain


def test_no_password_and_no_address_is_in_any_log(night: Team) -> None:
    secrets = (PASSWORD, PLAIN_PASSWORD, f"127.0.0.1:{night.postgres.port}")
    read = [path for path in (*night.home.rglob("*"), *night.folder.glob("*.log"))
            if path.is_file() and path.suffix not in (".duckdb", ".parquet", ".cbm")]  # fmt: skip
    assert any(path.name == "run.log" for path in read)
    for path in read:
        text = path.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], path


def test_the_doctor_looks_at_all_of_it(night: Team) -> None:
    done = subprocess.run([sys.executable, "-m", "orchestration.commands.doctor"], cwd=ROOT, env=night.env,
                          capture_output=True, text=True, check=False)  # fmt: skip
    for line in ("mirror     it has what was published last", "runs       none is open"):
        assert f"ok   {line}" in done.stdout, done.stdout + done.stderr
    [champion] = [line for line in done.stdout.splitlines() if line[5:13] == "champion"]
    assert "ersion 1" in champion, "whether it is to be trusted is up to the day's fleet"
    nobody = night.postgres.address(night.runs).replace(str(night.postgres.port), str(free_port()))
    refused = night.postgres.address(night.models).replace(PASSWORD, "wrong")
    silent = {**night.env, "NIGHTSHIFT_DAGSTER_DB": nobody, "NIGHTSHIFT_MLFLOW_DB": refused}
    done = subprocess.run([sys.executable, "-m", "orchestration.commands.doctor"], cwd=ROOT, env=silent,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1
    assert "LOOK runs       The PostgreSQL that NIGHTSHIFT_DAGSTER_DB names does not answer" in done.stdout
    assert "LOOK champion   The PostgreSQL that NIGHTSHIFT_MLFLOW_DB names refuses that user or password" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_dagsters_pages_show_the_same_runs(night: Team) -> None:
    port = free_port()
    with service(night, str(BIN / "dagster-webserver"), "--host", "127.0.0.1", "--port", str(port)):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                asked = urllib.request.Request(
                    f"http://127.0.0.1:{port}/graphql", method="POST", headers={"Content-Type": "application/json"},
                    data=b'{"query": "{runsOrError {... on Runs {results {jobName status}}}}"}')  # fmt: skip
                with urllib.request.urlopen(asked, timeout=10) as answer:
                    told = answer.read().decode()
                break
            except OSError:
                assert time.monotonic() < deadline, (night.folder / "dagster-webserver.log").read_text()[-3000:]
                time.sleep(0.5)
    assert '"jobName":"nightly","status":"SUCCESS"' in told.replace(" ", "")


def test_programs_are_answered_by_the_champion_of_the_servers(night: Team) -> None:
    shutil.move(night.home / "mlruns", night.home / "moved")  # what this machine has of the models
    port = free_port()
    with service(night, sys.executable, "-m", "serving", "--port", str(port)):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while '"1"' not in (told := asked(f"http://127.0.0.1:{port}/model")):
            assert time.monotonic() < deadline, (told, (night.folder / f"{Path(sys.executable).name}.log").read_text())
            time.sleep(0.5)
    shutil.rmtree(night.home / "moved")


def asked(address: str) -> str:
    """What is answered; empty as long as nobody listens, or says that it is not ready."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def test_a_killed_run_gives_its_slot_back(night: Team) -> None:
    process = subprocess.Popen([sys.executable, "-m", "orchestration.commands.night", str(night.fleet.night)], cwd=ROOT,
                               env=night.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)  # fmt: skip
    slots = "select count(*) from concurrency_slots where run_id is not null"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while night.query(night.runs, slots) == [(0,)]:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert night.runs_on_record()[-1] == ("nightly", "STARTED")
    night.call(sys.executable, "-m", "orchestration.commands.night", str(night.fleet.night))
    assert [status for _, status in night.runs_on_record()][-2:] == ["FAILURE", "SUCCESS"]
    assert night.query(night.runs, slots) == [(0,)]


def test_a_backup_that_is_restored_elsewhere_scores_the_same_night_alike(night: Team, tmp_path: Path) -> None:
    """As docs/team.md says it: dumps of both databases, the folder of models, and the home."""
    wanted, runs = night.scored(), night.runs_on_record()
    client = client_of(night.s3)
    for database in (night.runs, night.models):
        night.postgres.call(
            "pg_dump", "--format=custom", "--file", str(tmp_path / database), night.postgres.plain(database)
        )
    shutil.copytree(night.home, tmp_path / "home", symlinks=True)
    shutil.rmtree(tmp_path / "home/mlruns")  # what this machine has of the models; the store has all of them
    night.postgres.make("again_runs", "again_models")
    for database, again in ((night.runs, "again_runs"), (night.models, "again_models")):
        night.postgres.call(
            "pg_restore", "--no-owner", "--dbname", night.postgres.plain(again), str(tmp_path / database)
        )
    restored = Team(night.fleet, tmp_path / "home", tmp_path, night.postgres, night.s3, "again_runs", "again_models")
    assert restored.runs_on_record() == runs
    restored.call(sys.executable, "-m", "orchestration.commands.night", str(night.fleet.night))
    assert restored.scored() == wanted
    assert len(restored.runs_on_record()) == len(runs) + 1
    assert night.runs_on_record() == runs, "the origin is left alone"
    manifests = client.list_objects_v2(Bucket="nightshift", Prefix="team/published/snapshots/")["Contents"]
    assert manifests
