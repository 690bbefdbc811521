"""The process that has dbt at hand for this one: started when a job is, so that it loads while other steps run."""

import atexit
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from settings import ROOT, Settings
from warehouse.dbt_server import client

AT_HAND = {"duckdb"}  # the targets whose adapter a fork may use
LONGEST_ADDRESS = 100  # bytes; the kernel takes 107
PATIENCE_SECONDS = 10.0
PARSE = ("parse", "--quiet", "--no-write-json", "--log-level-file", "none")


@dataclass(frozen=True)
class DbtServer:
    """A running server, which ends with this process: `process` reads from a pipe that nobody else holds."""

    address: str
    process: "subprocess.Popen[bytes]" = field(repr=False)

    def command(self, dbt: str) -> list[str]:
        """What to put before a dbt command's arguments, so that the server runs it, or `dbt` where there is none."""
        return [sys.executable, "-I", "-S", str(client.__file__), self.address, dbt]

    def stop(self) -> None:
        """End it, but not a command that it still runs: then it ends after that."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE_SECONDS)


_started: dict[tuple[str, str, str, int], DbtServer] = {}


def dbt_server(project: str, kept_in: str, target: str) -> DbtServer | None:
    """The server for commands on `target` of the dbt project in the folder `project`, started where there is none.

    None where this system cannot have one. dbt keeps in the folder `kept_in` what it has parsed. There is one server at
    a time, and none but on Linux: elsewhere a process that has loaded libraries cannot be forked safely.
    """
    key = (project, kept_in, target, os.getpid())
    if key in _started and _started[key].process.poll() is None:
        return _started[key]
    if sys.platform != "linux":
        return None
    stop_server()
    server = _start(project, kept_in, target)
    if server is not None:
        _started[key] = server
    return server


def graph_folder(settings: Settings) -> Path:
    """Where the manifest that Dagster reads is, and what dbt has parsed: what a model is depends on the engine."""
    return settings.paths.dbt_target / f"graph_{settings.workspace.engine.target}"


def begin_loading(settings: Settings) -> None:
    """Start the server for the workspace's own commands before anything else is loaded: both take seconds.

    Before the project has been parsed for the first time it is left alone.
    """
    target, kept_in = settings.workspace.engine.target, graph_folder(settings)
    if target in AT_HAND and kept_in.is_dir():
        dbt_server(str(settings.project), str(kept_in), target)


@atexit.register
def stop_server() -> None:
    """End the server of this process, if it has one."""
    while _started:
        (*_, owner), server = _started.popitem()
        if owner == os.getpid():  # a fork inherits the entry, and the pipe
            server.stop()


def _start(project: str, kept_in: str, target: str) -> DbtServer | None:
    folder = Path(tempfile.mkdtemp(prefix="nightshift-dbt-"))  # for its owner alone; the server removes it
    address = str(folder / "socket")
    if len(os.fsencode(address)) > LONGEST_ADDRESS:
        folder.rmdir()
        return None
    parse = [*PARSE, "--target", target, "--target-path", kept_in, "--log-path", kept_in]
    env = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_PROJECT_DIR": project, "DBT_PROFILES_DIR": str(ROOT)}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        command = [sys.executable, "-m", "warehouse.dbt_server.server", str(listener.fileno()), *parse]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   cwd=ROOT, env={**os.environ, **env}, pass_fds=[listener.fileno()])  # fmt: skip
    return DbtServer(address, process)
