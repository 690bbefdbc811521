"""How the processes of a local cluster are started: command lines and environments, with profiles.yml's settings."""

import os
import socket
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from warehouse.connection import WarehouseError
from warehouse.spark.profile import profile_output

LOOPBACK = "127.0.0.1"
DAEMON_MEMORY = "512m"  # of the master, and of a worker beside its executor


@dataclass(frozen=True)
class Size:
    """Resources of a local cluster. Memory as Java writes it (2g); a worker holds one executor."""

    workers: int = 2
    worker_cores: int = 1
    worker_memory: str = "2g"
    executor_memory: str = "1500m"
    driver_memory: str = "2g"


@dataclass(frozen=True)
class Ports:
    """Where the parts listen on the loopback interface."""

    master: int
    master_page: int
    thrift: int
    connect: int


@dataclass(frozen=True)
class Folders:
    """What a local cluster writes beside the lake and the metastore of `home`."""

    home: Path

    @property
    def logs(self) -> Path:
        """One log for each part, kept after the cluster has ended until the next starts."""
        return self.home / "logs" / "spark"

    @property
    def scratch(self) -> Path:
        """Shuffles and other temporary files; emptied at every start, removed at the end."""
        return self.logs / "scratch"

    @property
    def lock(self) -> Path:
        """Locked by every process of the cluster: one cluster at a time has a home."""
        return self.home / "spark_cluster.lock"


def choose_ports(thrift: int, connect: int) -> Ports:
    """Free ports for all parts; 0 takes any. Raises OSError, naming the port, where a given one is taken."""
    with socket.socket() as a, socket.socket() as b, socket.socket() as c, socket.socket() as d:
        return Ports(_bound(a, 0), _bound(b, 0), _bound(c, thrift), _bound(d, connect))


def _bound(probe: socket.socket, port: int) -> int:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((LOOPBACK, port))
    except OSError:
        raise OSError(f"port {port} on {LOOPBACK} is taken: end what listens there, or name another port") from None
    return int(probe.getsockname()[1])


def spark_home() -> Path:
    """The folder of the installed pyspark. Raises WarehouseError where it is not installed."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise WarehouseError("Spark is not installed: run `make setup-spark`.")
    return Path(spec.origin).parent


def environment(folders: Folders) -> dict[str, str]:
    """Environment of each process: this Python and, as on a real worker, nothing of the caller's Spark or project."""
    foreign = ("SPARK_", "PYSPARK_", "HADOOP_CONF", "HIVE_CONF", "PYTHONPATH")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
        "SPARK_HOME": str(spark_home()),
        "SPARK_CONF_DIR": str(folders.scratch),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_LOCAL_DIRS": str(folders.scratch),
        "SPARK_DAEMON_JAVA_OPTS": f"{_temporary(folders)} -Dspark.master.rest.enabled=false",
        "PYSPARK_PYTHON": sys.executable,
    }


def daemon_environment(folders: Folders) -> dict[str, str]:
    """The same with the memory of master and workers. Not for the driver: a Thrift server would take it as its own."""
    return {**environment(folders), "SPARK_DAEMON_MEMORY": DAEMON_MEMORY}


def master_command(ports: Ports) -> list[str]:
    """Command line of the standalone master, on the loopback interface."""
    return [
        _script("spark-class"), "org.apache.spark.deploy.master.Master", "--host", LOOPBACK,
        "--port", str(ports.master), "--webui-port", str(ports.master_page),
    ]  # fmt: skip


def worker_command(ports: Ports, size: Size, work: Path) -> list[str]:
    """Command line of a worker of the master at `ports`; executors run in the folder `work`."""
    return [
        _script("spark-class"), "org.apache.spark.deploy.worker.Worker", "--host", LOOPBACK, "--webui-port", "0",
        "--cores", str(size.worker_cores), "--memory", size.worker_memory, "--work-dir", str(work), _url(ports),
    ]  # fmt: skip


def driver_command(ports: Ports, size: Size, folders: Folders) -> list[str]:
    """Command line of one driver with Thrift server and Spark Connect, so that dbt and Python see one metastore."""
    conf = [word for name, value in driver_conf(ports, size, folders).items() for word in ("--conf", f"{name}={value}")]
    hive = {
        "hive.server2.thrift.port": ports.thrift,
        "hive.server2.thrift.bind.host": LOOPBACK,
        "hive.exec.scratchdir": folders.scratch,
        "hive.exec.local.scratchdir": folders.scratch,
    }
    return [
        _script("spark-submit"), "--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", *conf,
        "spark-internal", *[word for name, value in hive.items() for word in ("--hiveconf", f"{name}={value}")],
    ]  # fmt: skip


def driver_conf(ports: Ports, size: Size, folders: Folders) -> dict[str, str]:
    """The settings of target `spark` in profiles.yml, on this cluster's master and within its size."""
    env = {**os.environ, "NIGHTSHIFT_HOME": str(folders.home), "NIGHTSHIFT_SPARK_MEMORY": size.driver_memory}
    shared = {name: str(value) for name, value in profile_output("spark", env)["server_side_parameters"].items()}
    options = "spark.driver.extraJavaOptions"
    return {
        **shared,
        "spark.master": _url(ports),
        "spark.app.name": "nightshift",
        "spark.cores.max": str(size.workers * size.worker_cores),
        "spark.executor.cores": str(size.worker_cores),
        "spark.executor.memory": size.executor_memory,
        "spark.executor.extraJavaOptions": _temporary(folders),
        options: f"{shared[options]} {_temporary(folders)}",
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": LOOPBACK,
        "spark.connect.grpc.binding.port": str(ports.connect),
    }


def _url(ports: Ports) -> str:
    return f"spark://{LOOPBACK}:{ports.master}"


def _script(name: str) -> str:
    return str(spark_home() / "bin" / name)


def _temporary(folders: Folders) -> str:
    return f"-Djava.io.tmpdir={folders.scratch}"
