"""A Spark standalone cluster on this machine, from the installed pyspark alone, on the loopback interface only.

Master, workers, and one driver with the Thrift server (dbt) and Spark Connect (Python): what a real cluster gives,
small enough for a laptop and for the tests. `make spark-cluster` starts one in the foreground.
"""

import argparse
import fcntl
import json
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.spark.cluster_commands import (
    LOOPBACK,
    Folders,
    Ports,
    Size,
    choose_ports,
    daemon_environment,
    driver_command,
    environment,
    master_command,
    worker_command,
)
from data.spark.processes import ProcessGroup, descendants, kill, living, wait_until
from data.warehouse import WarehouseError
from settings import SettingsError, load_settings

UP_SECONDS = 300.0
LOCK_SECONDS = 30.0
STOP_SECONDS = 20.0
LAST_LINES = 15
LAPTOP = Size()


class ClusterError(WarehouseError):
    """The cluster did not come up; the message holds the last lines of the log that says why."""


@dataclass(frozen=True)
class Cluster:
    """A running local cluster. Everything it writes is in `folders`; `env` is what a client has to export."""

    ports: Ports
    folders: Folders
    group: ProcessGroup
    master: subprocess.Popen[bytes]
    driver: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]

    @property
    def env(self) -> dict[str, str]:
        return {
            "NIGHTSHIFT_HOME": str(self.folders.home),
            "NIGHTSHIFT_TARGET": "spark_cluster",
            "NIGHTSHIFT_SPARK_HOST": LOOPBACK,
            "NIGHTSHIFT_SPARK_PORT": str(self.ports.thrift),
            "NIGHTSHIFT_SPARK_CONNECT": f"sc://{LOOPBACK}:{self.ports.connect}",
        }

    @property
    def processes(self) -> list[int]:
        """The numbers of all living processes of the cluster, executors and their Python workers too."""
        return living(self.group.number)

    def status(self) -> dict[str, Any]:
        """What the master says of itself: `workers` (state, cores, memory, and how much is used), `activeapps`."""
        with urllib.request.urlopen(f"http://{LOOPBACK}:{self.ports.master_page}/json/", timeout=10) as answer:
            return dict(json.load(answer))

    def kill_worker(self, index: int) -> list[int]:
        """SIGKILL a worker and all that it started, as a machine that loses power; returns the numbers killed."""
        worker = self.workers[index]
        doomed = [worker.pid, *descendants(worker.pid)]
        kill(doomed)
        worker.wait()
        return doomed


@contextmanager
def local_cluster(home: Path, size: Size = LAPTOP, thrift_port: int = 0, connect_port: int = 0) -> Iterator[Cluster]:
    """A cluster on the lake and metastore of `home`, up when the block begins, gone when it ends, however it ends.

    Port 0 takes any free one. One cluster at a time has a home: another start waits for `LOCK_SECONDS`, long enough
    for the rests of a killed one. Raises ClusterError where a part does not come up.
    """
    folders = Folders(home.absolute())
    with _alone(folders) as lock:
        try:
            ports = choose_ports(thrift_port, connect_port)
        except OSError as error:
            raise ClusterError(f"The Spark cluster did not start: {error}.") from None
        group = ProcessGroup()
        try:
            cluster = _start(ports, size, folders, group, lock)
            _wait_for(cluster, size)
            yield cluster
            _stop(cluster.driver)
        finally:
            group.end()
            shutil.rmtree(folders.scratch, ignore_errors=True)


@contextmanager
def _alone(folders: Folders) -> Iterator[int]:
    """Hold the home's lock. The cluster's processes hold it too: free means that none of an earlier one is left."""
    folders.home.mkdir(parents=True, exist_ok=True)
    with folders.lock.open("w") as file:

        def taken() -> bool:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            return False

        try:
            wait_until(taken, LOCK_SECONDS, "")
        except TimeoutError:
            raise ClusterError(f"A Spark cluster runs on {folders.home} already: use it, or end it first.") from None
        shutil.rmtree(folders.logs, ignore_errors=True)
        folders.scratch.mkdir(parents=True)
        yield file.fileno()


def _start(ports: Ports, size: Size, folders: Folders, group: ProcessGroup, lock: int) -> Cluster:
    daemon = daemon_environment(folders)

    def start(name: str, command: list[str], env: dict[str, str] = daemon) -> subprocess.Popen[bytes]:
        return group.start(command, env, folders.logs / f"{name}.log", folders.scratch, lock)

    return Cluster(
        ports, folders, group,
        master=start("master", master_command(ports)),
        driver=start("driver", driver_command(ports, size, folders), environment(folders)),
        workers=[
            start(f"worker-{i}", worker_command(ports, size, folders.logs / f"worker-{i}")) for i in range(size.workers)
        ],
    )  # fmt: skip


def _wait_for(cluster: Cluster, size: Size) -> None:
    parts = {"master": cluster.master, "driver": cluster.driver}
    parts |= {f"worker-{i}": worker for i, worker in enumerate(cluster.workers)}

    def up() -> bool:
        for name, part in parts.items():
            if part.poll() is not None:
                raise ClusterError(_told(cluster, name, f"its {name} ended"))
        return _answers(cluster, size)

    try:
        wait_until(up, UP_SECONDS, "")
    except TimeoutError:
        raise ClusterError(_told(cluster, "driver", f"it did not answer within {UP_SECONDS:g} s")) from None


def _told(cluster: Cluster, name: str, what: str) -> str:
    log = cluster.folders.logs / f"{name}.log"
    lines = [line for line in log.read_text(errors="replace").splitlines() if not line.startswith("\tat ")]
    last = "\n".join(lines[-LAST_LINES:])
    return f"The Spark cluster did not start: {what}. The end of {log}:\n{last}"


def _answers(cluster: Cluster, size: Size) -> bool:
    """Whether every worker gave its cores to the driver, and the driver answers over Thrift and over Connect."""
    try:
        given = sum(app["cores"] for app in cluster.status()["activeapps"])
    except urllib.error.URLError:
        return False
    return given == size.workers * size.worker_cores and _thrift_answers(cluster) and _connect_answers(cluster)


def _thrift_answers(cluster: Cluster) -> bool:
    from pyhive import hive  # noqa: PLC0415
    from thrift.transport.TTransport import TTransportException  # noqa: PLC0415

    with socket.socket() as probe:
        if probe.connect_ex((LOOPBACK, cluster.ports.thrift)):
            return False
    try:
        with hive.connect(LOOPBACK, cluster.ports.thrift) as connection, connection.cursor() as cursor:
            cursor.execute("select 1")
            return bool(cursor.fetchall() == [(1,)])
    except TTransportException:
        return False


def _connect_answers(cluster: Cluster) -> bool:
    import grpc  # noqa: PLC0415

    with grpc.insecure_channel(f"{LOOPBACK}:{cluster.ports.connect}") as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=5)
        except grpc.FutureTimeoutError:
            return False
    return True


def _stop(driver: subprocess.Popen[bytes]) -> None:
    """Let the driver close its metastore; what is left after that is killed."""
    driver.terminate()
    with suppress(subprocess.TimeoutExpired):
        driver.wait(STOP_SECONDS)


def main() -> int:
    """Start a cluster on the workspace's home, say how to reach it, and keep it until Ctrl-C."""
    arguments = _arguments().parse_args()
    size = Size(
        arguments.workers, arguments.cores, arguments.memory, arguments.executor_memory, arguments.driver_memory
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        home = load_settings().paths.home
        with local_cluster(home, size, arguments.thrift_port, arguments.connect_port) as cluster:
            exports = "\n".join(f"export {name}={value}" for name, value in cluster.env.items())
            print(f"Spark runs with {size.workers} workers; in another terminal:\n\n{exports}\n", flush=True)
            print(f"Logs: {cluster.folders.logs}. Ctrl-C ends it.", flush=True)
            cluster.driver.wait()
            print(_told(cluster, "driver", "its driver ended").replace("did not start", "has ended"), file=sys.stderr)
            return 1
    except KeyboardInterrupt:
        return 0
    except (ClusterError, FileNotFoundError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1


def _arguments() -> argparse.ArgumentParser:
    size = LAPTOP
    parser = argparse.ArgumentParser(prog="python -m data.spark.cluster", description=main.__doc__)
    parser.add_argument("--workers", type=int, default=size.workers)
    parser.add_argument("--cores", type=int, default=size.worker_cores, help="of each worker")
    parser.add_argument("--memory", default=size.worker_memory, help="of each worker")
    parser.add_argument("--executor-memory", default=size.executor_memory)
    parser.add_argument("--driver-memory", default=size.driver_memory)
    parser.add_argument("--thrift-port", type=int, default=10000, help="for dbt; 0 takes a free one")
    parser.add_argument("--connect-port", type=int, default=15002, help="for Python; 0 takes a free one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
