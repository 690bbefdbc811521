"""What a running local cluster is, to those who use it."""

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
