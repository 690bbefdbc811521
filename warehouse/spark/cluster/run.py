"""Start the parts of a local cluster, and end them all."""

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from warehouse.spark.cluster.cluster import Cluster, ClusterError
from warehouse.spark.cluster.commands import (
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
from warehouse.spark.cluster.processes import ProcessGroup, wait_until
from warehouse.spark.cluster.readiness import wait_for_master, wait_until_ready

CLUSTER_LOCK_SECONDS = 30.0
STOP_SECONDS = 20.0
DEFAULT_SIZE = Size()


@contextmanager
def local_cluster(
    home: Path, size: Size = DEFAULT_SIZE, thrift_port: int = 0, connect_port: int = 0
) -> Iterator[Cluster]:
    """A cluster on the lake and metastore of `home`, up when the block begins, gone when it ends, however it ends.

    Port 0 takes any free one. One cluster at a time has a home: another start waits CLUSTER_LOCK_SECONDS, enough
    for the processes of a killed one to end. Raises ClusterError where a part does not come up.
    """
    folders = Folders(home.absolute())
    with _home_lock(folders) as lock:
        try:
            ports = choose_ports(thrift_port, connect_port)
        except OSError as error:
            raise ClusterError(f"The Spark cluster did not start: {error}.") from None
        group = ProcessGroup()
        try:
            cluster = _start(ports, size, folders, group, lock)
            try:
                wait_until_ready(cluster, size)
                yield cluster
            finally:
                _stop(cluster.driver)
        finally:
            group.end()
            shutil.rmtree(folders.scratch, ignore_errors=True)


@contextmanager
def _home_lock(folders: Folders) -> Iterator[int]:
    """Hold the home's lock. The cluster's processes inherit it: it is free once none of an earlier one is left."""
    folders.home.mkdir(parents=True, exist_ok=True)
    with folders.lock.open("w") as file:

        def taken() -> bool:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            return False

        try:
            wait_until(taken, CLUSTER_LOCK_SECONDS, "")
        except TimeoutError:
            raise ClusterError(f"A Spark cluster runs on {folders.home} already: use it, or end it first.") from None
        shutil.rmtree(folders.logs, ignore_errors=True)
        folders.scratch.mkdir(parents=True)
        yield file.fileno()


def _start(ports: Ports, size: Size, folders: Folders, group: ProcessGroup, lock: int) -> Cluster:
    daemon = daemon_environment(folders)

    def start(name: str, command: list[str], env: dict[str, str] = daemon) -> subprocess.Popen[bytes]:
        return group.start(command, env, folders.logs / f"{name}.log", folders.scratch, lock)

    master = start("master", master_command(ports))
    wait_for_master(master, ports.master)
    return Cluster(
        ports, folders, group, master,
        driver=start("driver", driver_command(ports, size, folders), environment(folders)),
        workers=[
            start(f"worker-{i}", worker_command(ports, size, folders.logs / f"worker-{i}")) for i in range(size.workers)
        ],
    )  # fmt: skip


def _stop(driver: subprocess.Popen[bytes]) -> None:
    """Let the driver close its metastore; what is left after that is killed."""
    driver.terminate()
    with suppress(subprocess.TimeoutExpired):
        driver.wait(STOP_SECONDS)
