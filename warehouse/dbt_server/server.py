"""dbt loaded and its project parsed once, and a fork of that for each command.

`python -m warehouse.dbt_server.server LISTENER parse ...`: LISTENER is the descriptor of a socket at which clients
(`client.py`) ask, the rest a dbt command that gives the manifest. It serves one command at a time, until its standard
input ends: then whoever started it is gone. A command has a process of its own, as plain dbt has: it opens the
warehouse and gives it back at its end, and may be interrupted or killed. What dbt loads and parses (some 4 s) is there.
"""

import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from settings import ROOT
from warehouse.loading import loading
from warehouse.quick_exit import at_once

PROJECT_FILES = ("dbt_project.yml", "profiles.yml", "dbt_project")
FLEET_FILES = ("dbt_project.yml", "packages.yml", "models", "macros", "tests")  # of a fleet in a folder of its own
PROJECT = "DBT_PROJECT_DIR"
USES_THE_MANIFEST = {"build", "run", "test"}  # `parse` is to write it
OURS = ("NIGHTSHIFT_", PROJECT)  # the environment that profiles.yml reads, and the fleet
# Where a file has changed a fork parses too. dbt's static parser has threads of its own, which no fork has: it would
# wait for them for ever, where the Jinja that it stands for gives the same.
IN_A_FORK = {"DBT_STATIC_PARSER": "false"}
DAGSTERS = {"NIGHTSHIFT_DAGSTER", "NIGHTSHIFT_COMPUTE_LOGS"}  # of .env: nothing of dbt reads them
# Made more than gone, until a command looks for garbage: in a build of ours never, whose garbage is some 70 MB.
OBJECTS_UNTIL_A_SEARCH = 500_000
SOMETHING_FAILED, NOT_RUN = 1, 2  # dbt's own exit codes


@dataclass(frozen=True)
class Request:
    """A dbt command: its arguments, environment and working directory."""

    args: Sequence[str]
    env: Mapping[str, str]
    folder: str

    @property
    def target(self) -> str:
        """The target of profiles.yml that it names."""
        named = [after for name, after in zip(self.args, self.args[1:], strict=False) if name == "--target"]
        return named[-1] if named else ""

    @property
    def homes(self) -> dict[str, str]:
        """What of its environment the project reads."""
        return {name: value for name, value in self.env.items() if name.startswith(OURS) and name not in DAGSTERS}


@dataclass(frozen=True)
class Parsed:
    """What the command `by`, begun at `at` (seconds since 1970), has made of the project; None where it failed."""

    manifest: Any
    by: Request
    at: float

    def for_command(self, asked: Request) -> Any:  # noqa: ANN401 - dbt's Manifest
        """The manifest where `asked` would get the same from the files as they are now; None has dbt parse them."""
        same = (asked.target, asked.homes) == (self.by.target, self.by.homes) and "--vars" not in asked.args
        wanted = same and not USES_THE_MANIFEST.isdisjoint(asked.args[:1])
        project = Path(self.by.env.get(PROJECT, ROOT))
        return self.manifest if wanted and self.at > max(changed_at(project)) else None


def main() -> int:
    """Parse, then serve; in a fork, run its command. Returns an exit code."""
    # Ctrl-C in a terminal reaches every process there: the command ends by it, and this one with whoever began it.
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(fileno=int(sys.argv[1]))
    folder = Path(listener.getsockname()).parent
    with loading():  # nor need any fork look through it
        parsed = parse(Request(sys.argv[2:], dict(os.environ), str(Path.cwd())))
        ahead = _compiling(parsed.manifest)
        while sys.stdin not in _next(listener, ahead):
            client, _ = listener.accept()
            with client, suppress(OSError, ValueError):  # where the client is gone
                _, outputs, *_ = socket.recv_fds(client, 1, 2)
                request = Request(**json.loads(client.makefile("rb").readline()))
                if not (child := os.fork()):
                    break
                for output in outputs:
                    os.close(output)
                client.sendall(b"%d\n" % child)
                client.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        else:
            shutil.rmtree(folder, ignore_errors=True)
            return at_once(0)
    listener.close()
    signal.signal(signal.SIGINT, interrupt)
    _write_to(*outputs)
    gc.set_threshold(OBJECTS_UNTIL_A_SEARCH)
    return at_once(run(request, parsed))


def _next(listener: socket.socket, meanwhile: Iterator[Any]) -> list[Any]:
    """Wait for a client, or for the end of standard input; while there is neither, go on with what is to be done.

    What fails there is told of by the command that cannot do without.
    """
    watched: list[Any] = [listener, sys.stdin]
    with suppress(Exception):
        for _ in meanwhile:
            if came := select.select(watched, [], [], 0)[0]:
                return came
    return select.select(watched, [], [])[0]


def _compiling(manifest: Any) -> Iterator[Any]:  # noqa: ANN401 - dbt's Manifest
    from warehouse.dbt_server.templates import compiling  # noqa: PLC0415

    return compiling(manifest)


def parse(by: Request) -> Parsed:
    """Load dbt, and have it parse the project."""
    # Seconds, in which Ctrl-C must already do no harm. The plugin, too: each command needs it.
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    began = time.time()
    done = dbtRunner().invoke(list(by.args))
    return Parsed(done.result if done.success else None, by, began)


def run(request: Request, parsed: Parsed) -> int:
    """Run a command in this process, in the place of what it was; returns dbt's exit code."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    from warehouse.dbt_server.shortcuts import take_shortcuts  # noqa: PLC0415
    from warehouse.dbt_server.told import INSTEAD_OF_LOGS, is_json_asked, leave_results, tell  # noqa: PLC0415

    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.env)
    os.environ.update(IN_A_FORK)
    manifest = parsed.for_command(request)
    if manifest is not None:
        take_shortcuts()
    if is_json_asked(request.args, request.env) and "DBT_TARGET_PATH" in request.env:
        done = dbtRunner(manifest, callbacks=[tell]).invoke([*request.args, *INSTEAD_OF_LOGS])
        leave_results(done.result, Path(request.env["DBT_TARGET_PATH"]))
    else:
        done = dbtRunner(manifest).invoke(list(request.args))
    if done.exception is None:
        return 0 if done.success else SOMETHING_FAILED
    print(done.exception, file=sys.stderr)
    return NOT_RUN


def changed_at(project: Path = ROOT) -> Iterator[float]:
    """When each file of the dbt project in the folder `project` was last changed, in seconds since 1970.

    Those of the root, its package, are among them.
    """
    fleet = [project / name for name in FLEET_FILES] if project != ROOT else []
    for path in [*(ROOT / name for name in PROJECT_FILES), *fleet]:
        yield from (found.stat().st_mtime for found in [path, *path.rglob("*")] if found.is_file())


def _write_to(out: int, error: int) -> None:
    for given, own in ((out, sys.stdout), (error, sys.stderr)):
        os.dup2(given, own.fileno())
        os.close(given)
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())


if __name__ == "__main__":
    sys.exit(main())
