"""The local cluster: one metastore behind two doors, two workers that may die, loopback only, nothing left behind."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from settings import ROOT, load_settings
from tests.spark.cluster_kit import alive, command_line, is_loopback, listening, tables_being_written
from warehouse.spark.cluster import Cluster, ClusterError, Size, local_cluster
from warehouse.spark.cluster.commands import Folders
from warehouse.spark.cluster.processes import descendants, wait_until
from warehouse.spark.session import spark_session

pytestmark = [pytest.mark.spark, pytest.mark.cluster]

SIZE = Size(worker_memory="1g", executor_memory="900m", driver_memory="1500m")
PATIENCE_SECONDS = 300
DAYS = ["2025-01-01", "2025-01-02", "2025-01-03"]

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@dataclass
class Running:
    cluster: Cluster
    stack: ExitStack


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[Running]:
    with ExitStack() as stack:
        yield Running(stack.enter_context(local_cluster(home, SIZE)), stack)


@pytest.fixture
def cluster(running: Running, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    for name, value in running.cluster.env.items():
        monkeypatch.setenv(name, value)
    return running.cluster


def over_thrift(env: dict[str, str], *statements: str) -> Rows:
    """The rows of the last statement, through the door that dbt uses."""
    from pyhive import hive  # noqa: PLC0415

    address = env["NIGHTSHIFT_SPARK_HOST"], int(env["NIGHTSHIFT_SPARK_PORT"])
    with hive.connect(*address) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def over_connect(sql: str) -> Rows:
    """The rows of a statement, through the door that Python uses."""
    with spark_session(load_settings()) as session:
        return [tuple(row) for row in session.sql(sql).collect()]


def test_a_killed_command_leaves_nothing_behind(home: Path) -> None:
    size = ["--memory", "1g", "--executor-memory", "900m", "--driver-memory", "1500m"]
    command = subprocess.Popen(
        [sys.executable, "-m", "warehouse.spark.cluster", *size, "--thrift-port", "0", "--connect-port", "0"],
        cwd=ROOT, env={**os.environ, "NIGHTSHIFT_HOME": str(home)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with command:
        exported = exports_of(command)
        over_thrift(exported, "create schema main", "create table main.early using parquet as select 7 as seven")
        cluster = descendants(command.pid)
        assert len([pid for pid in cluster if "java" in command_line(pid)]) == 6
        command.kill()
    wait_until(lambda: not alive(cluster), PATIENCE_SECONDS, "the end of all")


def exports_of(command: "subprocess.Popen[str]") -> dict[str, str]:
    """The variables that a starting cluster says to export, once it is up."""
    assert command.stdout
    exported: dict[str, str] = {}
    for line in command.stdout:
        if line.startswith("export "):
            name, _, value = shlex.split(line)[1].partition("=")
            exported[name] = value
        elif exported:
            break
    return exported


def test_a_start_after_a_kill_finds_the_tables(cluster: Cluster) -> None:
    assert over_thrift(cluster.env, "select seven from main.early") == [(7,)]


def test_both_doors_show_the_same_tables(cluster: Cluster, home: Path) -> None:
    over_thrift(cluster.env, "create table main.ours using parquet as select timestamp '2025-01-01 06:00:00' as at")
    described = over_connect("describe main.ours")
    assert [row[:2] for row in described] == [("at", "timestamp_ntz")]
    over_connect("insert into main.ours values (timestamp '2025-01-02 06:00:00')")
    assert over_thrift(cluster.env, "select count(*) from main.ours") == [(2,)]
    assert list((home / "lake/main.db/ours").glob("*.parquet"))


def test_both_workers_work(cluster: Cluster) -> None:
    tree = {index: {worker.pid, *descendants(worker.pid)} for index, worker in enumerate(cluster.workers)}
    with spark_session(load_settings()) as session:
        rows = session.range(8).repartition(8).mapInArrow(whose_process(), "id long, parent long").collect()
    executors = {row.parent for row in rows}
    assert sorted(row.id for row in rows) == list(range(8))
    assert sorted(index for parent in executors for index in tree if parent in tree[index]) == [0, 1]


def whose_process() -> Callable[..., Any]:
    """For each row, slowly, the executor in whose Python it was; made here so that it travels by value."""

    def slowly(batches: Any) -> Any:
        import os  # noqa: PLC0415
        import time  # noqa: PLC0415
        from pathlib import Path  # noqa: PLC0415

        import pyarrow as pa  # noqa: PLC0415

        daemon = Path(f"/proc/{os.getppid()}/stat").read_text()
        executor = int(daemon.rpartition(")")[2].split()[1])
        for batch in batches:
            time.sleep(1)
            yield pa.RecordBatch.from_pydict({"id": batch["id"], "parent": [executor] * len(batch)})

    return slowly


def test_it_listens_on_loopback_only(cluster: Cluster) -> None:
    addresses = listening(cluster.processes)
    assert {cluster.ports.thrift, cluster.ports.connect, cluster.ports.master} <= {port for _, port in addresses}
    assert [host for host, _ in addresses if not is_loopback(host)] == []


def test_it_takes_no_more_than_it_may(cluster: Cluster) -> None:
    status = cluster.status()
    assert [(w["state"], w["cores"], w["memory"], w["memoryused"]) for w in status["workers"]] == 2 * [
        ("ALIVE", 1, 1024, 900)
    ]
    assert [(app["cores"], app["memoryperexecutor"]) for app in status["activeapps"]] == [(2, 900)]
    java = [line for line in map(command_line, cluster.processes) if "java" in line.split()[0]]
    heaps = sorted(word for line in java for word in line.split() if word.startswith("-Xmx"))
    assert heaps == ["-Xmx1500m", "-Xmx512m", "-Xmx512m", "-Xmx512m", "-Xmx900M", "-Xmx900M"]


def test_a_worker_killed_in_the_middle_of_a_build_costs_no_row(cluster: Cluster, home: Path) -> None:
    table = "main.days"
    over_thrift(
        cluster.env,
        "create table main.days (id long, day date) using parquet partitioned by (day)",
        f"insert into main.days select -1, explode(array({', '.join(f'date {day!r}' for day in DAYS)}))",
    )
    # Each row takes a while, before the shuffle and after it: the dead worker takes finished work along.
    slow = "coalesce(java_method('java.lang.Thread', 'sleep', cast(8 as bigint)), '') <> 'awake'"
    rows = f"select id, date '2025-01-01' + cast(id % 2 as int) as day from range(0, 800, 1, 4) where {slow}"
    overwrite = (
        "insert overwrite main.days partition (day) "
        f"select id, day from (select /*+ repartition(8, id) */ * from ({rows})) where {slow}"
    )
    with ThreadPoolExecutor(1) as pool:
        build = pool.submit(over_thrift, cluster.env, "set spark.sql.sources.partitionOverwriteMode=dynamic", overwrite)
        writing = lambda: build.done() or table in tables_being_written(home / "lake")  # noqa: E731
        wait_until(writing, PATIENCE_SECONDS, "the first rows")
        killed = cluster.kill_worker(0)
        assert not build.done()
        assert len(killed) >= 2
        build.result(PATIENCE_SECONDS)
    assert alive(killed) == []
    assert cluster.status()["aliveworkers"] == 1
    assert over_thrift(cluster.env, f"select day, count(*), count(distinct id), min(id), max(id) from {table} "
                                    "group by day order by day") == [
        ("2025-01-01", 400, 400, 0, 798), ("2025-01-02", 400, 400, 1, 799), ("2025-01-03", 1, 1, -1, -1),
    ]  # fmt: skip
    assert tables_being_written(home / "lake") == set()


def test_an_error_in_the_block_ends_everything(running: Running) -> None:
    processes = running.cluster.processes
    assert len(processes) >= 5
    with pytest.raises(ZeroDivisionError), running.stack:
        raise ZeroDivisionError
    assert alive(processes) == []
    assert not running.cluster.folders.scratch.exists()


def test_a_driver_that_cannot_start_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with (
        pytest.raises(ClusterError, match="its driver ended") as told,
        local_cluster(tmp_path, Size(driver_memory="plenty")),
    ):
        pass
    assert str(Folders(tmp_path).logs / "driver.log") in str(told.value)
    assert "plenty" in str(told.value)
