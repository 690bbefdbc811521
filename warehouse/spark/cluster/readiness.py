"""Whether a local cluster is up, and why it is not."""

import socket
import subprocess
from contextlib import suppress
from http.client import HTTPException

from warehouse.spark.cluster.cluster import Cluster, ClusterError
from warehouse.spark.cluster.commands import LOOPBACK, Size
from warehouse.spark.cluster.processes import wait_until

UP_SECONDS = 300.0
LAST_LINES = 15


def wait_for_master(master: subprocess.Popen[bytes], port: int) -> None:
    """Return when the master listens or has ended: a worker that calls too early retries only after many seconds."""
    with suppress(TimeoutError):
        wait_until(lambda: _listens(port) or master.poll() is not None, UP_SECONDS, "the master")


def wait_until_ready(cluster: Cluster, size: Size) -> None:
    """Return when dbt and Python can use the whole cluster. Raises ClusterError with the end of a log."""
    parts = {"master": cluster.master, "driver": cluster.driver}
    parts |= {f"worker-{i}": worker for i, worker in enumerate(cluster.workers)}

    def up() -> bool:
        for name, part in parts.items():
            if part.poll() is not None:
                raise ClusterError(f"The Spark cluster did not start: its {name} ended. {last_lines(cluster, name)}")
        return _answers(cluster, size)

    try:
        wait_until(up, UP_SECONDS, "")
    except TimeoutError:
        raise ClusterError(
            f"The Spark cluster did not answer within {UP_SECONDS:g} s. {last_lines(cluster, 'driver')}"
        ) from None


def last_lines(cluster: Cluster, name: str) -> str:
    """Path and last LAST_LINES lines of the log of the part `name`, without the lines of stack traces."""
    log = cluster.folders.logs / f"{name}.log"
    lines = [line for line in log.read_text(errors="replace").splitlines() if not line.startswith("\tat ")]
    return f"The end of {log}:\n" + "\n".join(lines[-LAST_LINES:])


def _answers(cluster: Cluster, size: Size) -> bool:
    """Whether the driver has the cores of every worker and answers over Thrift and over Connect."""
    try:
        granted = sum(app["cores"] for app in cluster.status()["activeapps"])
    except (OSError, HTTPException, ValueError):  # still starting
        return False
    return granted == size.workers * size.worker_cores and _thrift_answers(cluster) and _connect_answers(cluster)


def _thrift_answers(cluster: Cluster) -> bool:
    from pyhive import hive  # noqa: PLC0415
    from thrift.transport.TTransport import TTransportException  # noqa: PLC0415

    if not _listens(cluster.ports.thrift):
        return False
    try:
        with hive.connect(LOOPBACK, cluster.ports.thrift) as connection, connection.cursor() as cursor:
            cursor.execute("select 1")
            return bool(cursor.fetchall() == [(1,)])
    except TTransportException:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _connect_answers(cluster: Cluster) -> bool:
    import grpc  # noqa: PLC0415

    with grpc.insecure_channel(f"{LOOPBACK}:{cluster.ports.connect}") as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=5)
        except grpc.FutureTimeoutError:
            return False
    return True
