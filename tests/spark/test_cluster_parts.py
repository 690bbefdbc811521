"""A process group ends with whoever made it, and a local cluster's settings come from profiles.yml."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT
from tests.spark.cluster_kit import alive
from warehouse.connection import WarehouseError
from warehouse.spark.cluster import local_cluster
from warehouse.spark.cluster.commands import LOOPBACK, Folders, Ports, Size, choose_ports, driver_conf, environment
from warehouse.spark.cluster.processes import ProcessGroup, descendants, living, wait_until

MEMBER = ["/bin/sh", "-c", "sleep 600 & sleep 600 & wait"]
PARENT = f"""
import signal, sys
from pathlib import Path
from warehouse.spark.cluster.processes import ProcessGroup
signal.signal(signal.SIGTERM, signal.SIG_DFL)  # tests in the background inherit that it is ignored
group = ProcessGroup()
with open("lock", "w") as lock:
    group.start({MEMBER!r}, {{}}, Path("log"), Path(), lock.fileno())
print(group.number, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_members_and_their_children_end_with_the_process_that_started_them(by: signal.Signals, tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert parent.stdout
    group = int(parent.stdout.readline())
    wait_until(lambda: len(living(group)) == 4, 30, "guard, member and its two children")
    parent.send_signal(by)
    parent.wait()
    wait_until(lambda: not living(group), 30, "the end of all")


def test_a_group_ends_on_request_and_only_once(tmp_path: Path) -> None:
    group = ProcessGroup()
    with (tmp_path / "lock").open("w") as lock:
        member = group.start(MEMBER, {}, tmp_path / "log", tmp_path, lock.fileno())
    wait_until(lambda: len(descendants(member.pid)) == 2, 30, "two children")
    doomed = [member.pid, *descendants(member.pid)]
    group.end()
    assert alive(doomed) == []
    group.end()


def test_a_taken_port_is_named() -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} on 127.0.0.1 is taken"):
            choose_ports(thrift=port, connect=0)


def test_the_four_ports_differ() -> None:
    ports = choose_ports(0, 0)
    assert len({ports.master, ports.master_page, ports.thrift, ports.connect}) == 4


def test_a_home_has_one_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.spark.cluster.run.CLUSTER_LOCK_SECONDS", 0)
    code = f"import fcntl, sys; f = open({str(Folders(tmp_path).lock)!r}, 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
    code += "print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        with (
            pytest.raises(WarehouseError, match=f"A Spark cluster runs on {tmp_path} already"),
            local_cluster(tmp_path),
        ):
            pass
        other.communicate()


def test_the_driver_runs_with_the_settings_of_the_profile(tmp_path: Path) -> None:
    conf = driver_conf(Ports(7077, 8080, 10000, 15002), Size(workers=3, driver_memory="1200m"), Folders(tmp_path))
    assert conf["spark.master"] == "spark://127.0.0.1:7077"
    assert conf["spark.cores.max"] == "3"
    assert conf["spark.driver.memory"] == "1200m"
    assert conf["spark.executor.memory"] == "1500m"
    assert conf["spark.sql.warehouse.dir"] == f"{tmp_path}/lake"
    assert f"databaseName={tmp_path}/metastore" in conf["spark.hadoop.javax.jdo.option.ConnectionURL"]
    assert conf["spark.sql.timestampType"] == "TIMESTAMP_NTZ"
    assert conf["spark.sql.session.timeZone"] == "UTC"
    assert conf["spark.sql.sources.partitionOverwriteMode"] == "dynamic"
    assert conf["spark.ui.enabled"] == "false"


@pytest.mark.spark
def test_the_callers_own_spark_stays_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_HOME", "/opt/another")
    monkeypatch.setenv("SPARK_MASTER_HOST", "0.0.0.0")
    monkeypatch.setenv("PYSPARK_PYTHON", "/usr/bin/python2")
    env = environment(Folders(tmp_path))
    assert Path(env["SPARK_HOME"], "bin", "spark-class").exists()
    assert "SPARK_MASTER_HOST" not in env
    assert env["PYSPARK_PYTHON"] == sys.executable
    assert env["SPARK_LOCAL_IP"] == LOOPBACK
