"""A dbt that is kept at hand: its commands are processes with output, signals and exit codes of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from settings import ROOT
from warehouse.dbt_server import client
from warehouse.dbt_server.server import Parsed, Request, changed_at
from warehouse.dbt_server.told import INSTEAD_OF_LOGS

# In the place of dbt: says what it was asked, and by which manifest; `build wait` goes on until it is interrupted.
FAKE = """
import os, time
from types import SimpleNamespace as Done

class dbtRunner:
    def __init__(self, manifest=None, callbacks=()):
        self.manifest, self.callbacks = manifest, callbacks

    def invoke(self, args):
        if args[0] == "parse":
            return Done(success=True, result="parsed", exception=None)
        try:
            told = [os.environ.get(name) for name in ("COLOUR", "DBT_STATIC_PARSER")]
            print(args[1], self.manifest, *told, os.getcwd(), os.getpid(), flush=True)
            while args[1] == "wait":
                time.sleep(0.01)
        except KeyboardInterrupt:
            return Done(success=False, result=None, exception=RuntimeError("interrupted"))
        wrote = Done(write=lambda path: open(path, "w").write(f"{len(self.callbacks)} {args[-5:]}"))
        return Done(success=args[1] != "fail", result=wrote, exception=None)
"""
PATIENCE_SECONDS = 60.0


@dataclass
class Served:
    """A server over FAKE, and how to ask it."""

    address: str
    process: "subprocess.Popen[bytes]"
    env: Mapping[str, str]
    folder: Path

    def ask(self, *args: str, dbt: str = "no-dbt", **env: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-I", "-S", str(client.__file__), self.address, dbt, *args]
        pipe, env = subprocess.PIPE, {**self.env, **env}
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=self.folder, env=env)

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(PATIENCE_SECONDS) == 0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    for package in ("dbt", "dbt/cli"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "dbt/cli/main.py").write_text(FAKE)
    (tmp_path / "socket").mkdir()
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "COLOUR": "red"}
    address = tmp_path / "socket" / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen()
        command = [sys.executable, "-c", "import sys; sys.modules['warehouse.dbt_lock_plugin'] = sys; "
                   "from types import SimpleNamespace as Fake; "
                   "sys.modules['warehouse.dbt_server.shortcuts'] = Fake(take_shortcuts=lambda: print('shortcuts')); "
                   "from warehouse.dbt_server.server import main; sys.exit(main())",
                   str(listener.fileno()), "parse", "--target", "duckdb"]  # fmt: skip
        process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT, env=env, pass_fds=[listener.fileno()])
    yield Served(str(address), process, env, tmp_path)
    process.kill()
    process.wait()


def test_each_command_is_a_process_with_its_own_environment_output_and_code(served: Served) -> None:
    asked = (("well", "duckdb"), ("fail", "duckdb"), ("well", "spark"))
    build, failing, other = (served.ask("build", word, "--target", target) for word, target in asked)
    said = [command.communicate(timeout=PATIENCE_SECONDS)[0].split() for command in (build, failing, other)]
    assert [command.returncode for command in (build, failing, other)] == [0, 1, 0]
    # No fork waits for the threads of a parser; shortcuts are for what has been parsed.
    assert said[0][:-1] == [
        "shortcuts",
        "well",
        "parsed",
        "red",
        "false",
        str(served.folder),
    ]
    assert said[2][:2] == ["well", "None"]  # another target's models are others
    assert len({words[-1] for words in said} | {str(served.process.pid)}) == 4
    served.end()
    assert not Path(served.address).parent.exists()


@pytest.mark.parametrize("code", [0, 1])
def test_events_as_json_are_told_in_the_place_of_logs_and_the_results_are_left(served: Served, code: int) -> None:
    results = served.folder / "run_results.json"
    word = ("well", "fail")[code]
    assert served.ask("build", word, DBT_TARGET_PATH=str(served.folder)).wait(PATIENCE_SECONDS) == code
    assert not results.exists()  # dbt itself does what is to be done
    asked = {"DBT_TARGET_PATH": str(served.folder), "DBT_LOG_FORMAT": "json"}
    assert served.ask("build", word, **asked).wait(PATIENCE_SECONDS) == code
    assert results.read_text() == f"1 {[*INSTEAD_OF_LOGS]}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_not_the_server(served: Served, number: signal.Signals) -> None:
    waiting = served.ask("build", "wait")
    assert waiting.stdout is not None
    child = int(waiting.stdout.readline().split()[-1])
    os.kill(served.process.pid, signal.SIGINT)  # as Ctrl-C in its terminal
    waiting.send_signal(number)
    said = waiting.communicate(timeout=PATIENCE_SECONDS)[1]
    assert waiting.returncode == (2 if number == signal.SIGINT else 128 + number)
    assert ("interrupted" in said) == (number == signal.SIGINT)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert served.ask("build", "well").wait(PATIENCE_SECONDS) == 0


def test_a_command_whose_head_is_gone_ends_and_so_does_the_server(served: Served) -> None:
    waiting = served.ask("build", "wait")
    assert waiting.stdout is not None
    child = int(waiting.stdout.readline().split()[-1])
    assert served.process.stdin is not None
    served.process.stdin.close()
    time.sleep(0.1)
    assert served.process.poll() is None  # dbt is never left half done by it
    os.kill(child, signal.SIGINT)
    assert served.process.wait(PATIENCE_SECONDS) == 0
    waiting.communicate()


def test_without_a_server_dbt_runs_itself(served: Served) -> None:
    served.end()
    alone = served.ask("build", "--quiet", dbt="/bin/echo")
    assert alone.communicate(timeout=PATIENCE_SECONDS)[0] == "build --quiet\n"


def test_the_manifest_serves_what_would_parse_the_same_and_nothing_else() -> None:
    home = {"NIGHTSHIFT_HOME": "/home", "DBT_TARGET_PATH": "/a"}
    by = Request(["parse", "--target", "duckdb"], home, "/")
    parsed = Parsed("manifest", by, time.time())
    asked = ["build", "--select", "x", "--target", "duckdb"]
    assert parsed.for_command(Request(asked, {**home, "DBT_TARGET_PATH": "/b"}, "/")) == "manifest"
    assert parsed.for_command(Request(asked, {**home, "NIGHTSHIFT_DAGSTER": "/home/dagster"}, "/")) == "manifest"
    for args, env in (
        (["parse", *asked[1:]], home),  # it is to write it
        ([*asked, "--vars", "{}"], home),
        (asked[:-2], home),
        (asked, {**home, "NIGHTSHIFT_HOME": "/other"}),
    ):
        assert parsed.for_command(Request(args, env, "/")) is None
    old = Parsed("manifest", by, max(changed_at()) - 1)
    assert old.for_command(Request(asked, home, "/")) is None
