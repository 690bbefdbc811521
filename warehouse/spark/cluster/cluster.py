"""A running local cluster, as its users see it."""

import json
import subprocess
import urllib.request
from dataclasses import dataclass
from typing import Any

from warehouse.connection import WarehouseError
from warehouse.spark.cluster.commands import LOOPBACK, Folders, Ports
from warehouse.spark.cluster.processes import ProcessGroup, descendants, kill, living


class ClusterError(WarehouseError):
    """The cluster did not come up; the message holds the last lines of the log that says why."""


@dataclass(frozen=True)
class Cluster:
    """A running local cluster. Everything it writes is in `folders`; `env` is what a client exports to use it."""

    ports: Ports
    folders: Folders
    group: ProcessGroup
    master: subprocess.Popen[bytes]
    driver: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]

    @property
    def env(self) -> dict[str, str]:
        """Environment variables with which dbt and Python work on this cluster."""
        return {
            "NIGHTSHIFT_HOME": str(self.folders.home),
            "NIGHTSHIFT_TARGET": "spark_cluster",
            "NIGHTSHIFT_SPARK_HOST": LOOPBACK,
            "NIGHTSHIFT_SPARK_PORT": str(self.ports.thrift),
            "NIGHTSHIFT_SPARK_CONNECT": f"sc://{LOOPBACK}:{self.ports.connect}",
        }

    @property
    def processes(self) -> list[int]:
        """Ids of all running processes of the cluster, executors and their Python workers included."""
        return living(self.group.number)

    def status(self) -> dict[str, Any]:
        """The master's status page as JSON: `workers` (state, cores, memory, and how much is used), `activeapps`."""
        with urllib.request.urlopen(f"http://{LOOPBACK}:{self.ports.master_page}/json/", timeout=10) as answer:
            return dict(json.load(answer))

    def kill_worker(self, index: int) -> list[int]:
        """SIGKILL a worker and all that it started, like a machine that loses power; returns the ids killed."""
        worker = self.workers[index]
        pids = [worker.pid, *descendants(worker.pid)]
        kill(pids)
        worker.wait()
        return pids
