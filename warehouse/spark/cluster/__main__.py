"""`python -m warehouse.spark.cluster` from the repository root: a local Spark cluster in the foreground."""

import argparse
import shlex
import signal
import sys

from settings import SettingsError, load_settings
from warehouse.connection import WarehouseError
from warehouse.spark.cluster import Size, local_cluster
from warehouse.spark.cluster.readiness import last_lines


def main() -> int:
    """Start a cluster on the workspace's home, print how to reach it, and keep it running until Ctrl-C."""
    arguments = _arguments().parse_args()
    size = Size(
        arguments.workers, arguments.cores, arguments.memory, arguments.executor_memory, arguments.driver_memory
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        home = load_settings().paths.home
        with local_cluster(home, size, arguments.thrift_port, arguments.connect_port) as cluster:
            exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in cluster.env.items())
            print(f"Spark runs with {size.workers} workers; in another terminal:\n\n{exports}\n", flush=True)
            print(f"Logs: {cluster.folders.logs}. Ctrl-C ends it.", flush=True)
            cluster.driver.wait()
            print(f"The driver has ended. {last_lines(cluster, 'driver')}", file=sys.stderr)
            return 1
    except KeyboardInterrupt:
        return 0
    except (SettingsError, WarehouseError) as error:
        print(error, file=sys.stderr)
        return 1


def _arguments() -> argparse.ArgumentParser:
    size = Size()
    parser = argparse.ArgumentParser(prog="python -m warehouse.spark.cluster", description=main.__doc__)
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
