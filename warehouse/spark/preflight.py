"""Whether this computer has what Spark needs, checked without starting it."""

import importlib.util
import os
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from settings import Settings
from warehouse.connection import WarehouseError
from warehouse.spark.ports import require_server
from warehouse.spark.profile import profile_output
from warehouse.spark.session import spark_session

OLDEST_JAVA = 17
SETUP = "run `make setup-spark`"
JAVA_CURE = f"install a JRE of version {OLDEST_JAVA} or 21, and name it in JAVA_HOME where it is not the first on PATH"


def require_spark(target: str) -> None:
    """Raise WarehouseError with the cure where pyspark, dbt-spark or (for Spark in this process) Java is missing."""
    for module, package in (("pyspark", "pyspark"), ("dbt.adapters.spark", "dbt-spark")):
        if not _is_installed(module):
            raise WarehouseError(f"The target {target} needs {package}, which is not installed: {SETUP}.")
    if target == "spark":
        java_version()


def describe_spark(settings: Settings) -> str:
    """One line of versions: pyspark and Java, or for a cluster pyspark and the Spark that its servers run.

    Raises WarehouseError where Java is missing or too old, or a server of the cluster does not answer.
    """
    client = f"pyspark {version('pyspark')}"
    if settings.workspace.engine.target == "spark":
        return f"{client} in this process, Java {java_version()}"
    with spark_session(settings) as session:
        found = session.version
    thrift = profile_output("spark_cluster")
    require_server(
        "Thrift server", str(thrift["host"]), int(thrift["port"]), "NIGHTSHIFT_SPARK_HOST and NIGHTSHIFT_SPARK_PORT"
    )
    return f"{client} here, Spark {found} there; its Connect and Thrift servers answer"


def java_version() -> str:
    """The version of the Java that Spark would start. Raises WarehouseError where there is none or it is too old."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        raise WarehouseError(f"Spark needs Java, and there is none: {JAVA_CURE}.")
    try:
        output = subprocess.run([java, "-version"], capture_output=True, text=True, check=True, timeout=60).stderr
    except (OSError, subprocess.SubprocessError) as error:
        raise WarehouseError(f"Spark needs Java, and {java} does not run ({error}): {JAVA_CURE}.") from None
    found = re.search(r'version "((?:1\.)?(\d+)[^"]*)"', output)
    if found is None or int(found.group(2)) < OLDEST_JAVA:
        installed = found.group(1) if found else output.strip()
        raise WarehouseError(f"Spark needs Java {OLDEST_JAVA} or later, and {java} is {installed}: {JAVA_CURE}.")
    return found.group(1)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
