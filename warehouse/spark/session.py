"""The one way to open Spark from Python: a session inside this process, or the cluster's over Spark Connect."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from settings import Settings, home_for
from warehouse.connection import WarehouseError
from warehouse.spark.place import require_same_place
from warehouse.spark.ports import require_server
from warehouse.spark.profile import profile_output

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONNECT = "NIGHTSHIFT_SPARK_CONNECT"
CONNECT_PORT = 15002
DEFAULT_CONNECT = f"sc://127.0.0.1:{CONNECT_PORT}"
JVM_SECONDS = 60
STDERR = 2


@contextmanager
def spark_session(settings: Settings) -> "Iterator[SparkSession]":
    """A Spark session on the tables of the workspace: target `spark` or `spark_cluster`.

    A session inside this process ends with the block, and its JVM too: the metastore's files take one process at a
    time, and dbt comes next. A session that was open before stays open. Raises WarehouseError where Spark is not
    installed, the cluster cannot be reached or the home was moved.
    """
    try:
        import pyspark.sql  # noqa: F401, PLC0415
    except ImportError:
        raise WarehouseError("Spark is not installed: run `make setup-spark`.") from None
    require_same_place(settings.paths)
    if settings.workspace.engine.target == "spark_cluster":
        with _connected() as session:
            yield session
    else:
        with _inside(settings) as session:
            yield session


@contextmanager
def _inside(settings: Settings) -> "Iterator[SparkSession]":
    from pyspark.sql import SparkSession  # noqa: PLC0415

    before = SparkSession.getActiveSession()
    if before is not None:
        yield before
        return
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings.paths.home.mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder.appName("nightshift").enableHiveSupport()
    with home_for(settings.paths.home):
        for name, value in profile_output("spark")["server_side_parameters"].items():
            builder = builder.config(name, value)
    with _java_writes_to(settings.paths.home / "logs" / "spark.log"):
        session = builder.getOrCreate()
    try:
        yield session
    finally:
        try:
            session.stop()
        finally:
            end_jvm()


@contextmanager
def _java_writes_to(log: Path) -> Iterator[None]:
    """A JVM started in the block writes its standard error to `log` instead of the terminal."""
    log.parent.mkdir(parents=True, exist_ok=True)
    before = os.dup(STDERR)
    try:
        with log.open("ab") as file:
            os.dup2(file.fileno(), STDERR)
        yield
    finally:
        os.dup2(before, STDERR)
        os.close(before)


@contextmanager
def _connected() -> "Iterator[SparkSession]":
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    address = os.environ.get(CONNECT, DEFAULT_CONNECT)
    place = urlsplit(address)
    require_server("Spark Connect server", place.hostname or "", place.port or CONNECT_PORT, CONNECT)
    builder = SparkSession.builder.remote(address)
    for name, value in profile_output("spark_cluster")["server_side_parameters"].items():
        builder = builder.config(name, value)
    try:
        session = builder.create()
        session.sql("select 1").collect()
    except PySparkException as error:
        raise WarehouseError(
            f"No Spark Connect server answers at {address}: start it, or name another in {CONNECT} "
            f"({str(error).splitlines()[0]})."
        ) from None
    try:
        yield session
    finally:
        session.stop()


def end_jvm() -> None:
    """End the Java process that this process started, and wait for it, so that the files it has open are free."""
    from pyspark import SparkContext  # noqa: PLC0415

    gateway = SparkContext._gateway
    if gateway is None:
        return
    java: subprocess.Popen[bytes] = gateway.proc
    gateway.shutdown()
    SparkContext._gateway = SparkContext._jvm = None
    if java.stdin:
        java.stdin.close()  # the JVM exits when its standard input is closed
    try:
        java.wait(JVM_SECONDS)
    except subprocess.TimeoutExpired:
        java.kill()
        java.wait()
