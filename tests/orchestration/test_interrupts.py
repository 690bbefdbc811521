"""Ctrl-C, SIGTERM and SIGHUP end a command in one sentence, and a run that they end is told of."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dagster import DagsterExecutionInterruptedError, DagsterRunStatus, Definitions, job, op

from orchestration.commands import run as commands
from orchestration.commands.run import run_command, run_job
from orchestration.interrupts import Interrupted, interruptible
from orchestration.runs.dead_runs import open_runs
from orchestration.runs.instance import plain_instance
from settings import ROOT, Settings

ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def signals_as_in_a_terminal() -> Iterator[None]:
    """Whoever starts the tests in the background has Ctrl-C ignored."""
    before = {number: signal.getsignal(number) for number in ENDS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in ENDS[1:]:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def handlers() -> list[object]:
    return [signal.getsignal(number) for number in ENDS]


@pytest.mark.parametrize("number", ENDS)
def test_each_signal_is_one_error_that_names_it(number: signal.Signals) -> None:
    before = handlers()
    sentence = f"^It was ended by {number.name} before it was done"
    with pytest.raises(Interrupted, match=sentence) as raised, interruptible(), interruptible():
        signal.raise_signal(number)
    assert raised.value.code == 128 + number
    assert handlers() == before


def swallowed() -> None:
    """What libraries do: DuckDB says RuntimeError, "Query interrupted"."""
    try:
        signal.raise_signal(signal.SIGTERM)
    except KeyboardInterrupt:
        raise RuntimeError("Query interrupted") from None


def test_what_a_library_makes_of_it_is_still_an_interrupt() -> None:
    with pytest.raises(Interrupted, match="SIGTERM"), interruptible():
        swallowed()
    with pytest.raises(Interrupted, match="SIGINT"), interruptible():
        raise DagsterExecutionInterruptedError


def test_other_errors_and_ignored_signals_stay_what_they_are() -> None:
    with pytest.raises(ValueError, match="torn"), interruptible():
        raise ValueError("torn")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nohup
    with interruptible():
        signal.raise_signal(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def interrupted_job(action: Callable[[], object]) -> Definitions:
    @op(pool="warehouse")
    def landing() -> None:
        action()

    @job
    def nightly() -> None:
        landing()

    return Definitions(jobs=[nightly])


@pytest.fixture
def home(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path))
    monkeypatch.setenv("NIGHTSHIFT_DAGSTER", str(tmp_path / "dagster"))
    monkeypatch.setenv("NIGHTSHIFT_COMPUTE_LOGS", str(tmp_path / "dagster/logs"))
    paths = settings.paths.model_copy(update={"home": tmp_path})
    return settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})


def told(home: Settings) -> list[dict[str, object]]:
    return [json.loads(line)["data"] for line in home.paths.notification_log.read_text().splitlines()]


@pytest.mark.parametrize("number", ENDS[:2])
def test_a_step_that_is_ended_is_told_and_gives_its_slot_back(
    number: signal.Signals, home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = interrupted_job(lambda: signal.raise_signal(number))
    monkeypatch.setattr(commands, "build_defs", lambda *_: made)

    def night(_: Settings) -> bool:
        with plain_instance() as instance:
            return run_job(home, instance, "nightly").success

    assert run_command(night) == 128 + number
    assert capsys.readouterr().err == f"\nIt was ended by {number.name} before it was done: run it again.\n"
    [notice] = told(home)
    assert (notice["step"], notice["job"]) == ("landing", "nightly")
    assert notice["error"] == f"It was ended by {number.name} before it was done: run it again."
    with plain_instance() as instance:
        assert [run.status for run in instance.get_runs()] == [DagsterRunStatus.FAILURE]
        assert open_runs(instance) == []


@pytest.mark.parametrize(("error", "said"), [("KeyboardInterrupt", "\nInterrupted.\n"), ("ValueError('torn')", "torn")])
def test_a_command_that_still_loads_says_a_word(error: str, said: str) -> None:
    command = [sys.executable, "-c", f"import orchestration; raise {error}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert said in done.stderr
    assert ("Traceback" in done.stderr) == (error != "KeyboardInterrupt")


# As `make night` does it, only that the job is a step that waits.
NIGHT = """
import sys
import time
from orchestration.commands import night, run
from tests.orchestration.test_interrupts import interrupted_job

def wait():
    # What a night may do without, and what takes it seconds to load.
    heavy = {"mlflow", "sklearn", "evidently", "matplotlib"} & set(sys.modules)
    print("in the step", *heavy, file=sys.__stdout__, flush=True)
    time.sleep(300)

made = interrupted_job(wait)
run.build_defs = lambda *_: made
raise SystemExit(night.main())
"""


def test_a_night_that_is_ended_says_one_sentence(home: Settings) -> None:
    env, pipe = {**os.environ, "PYTHONPATH": str(ROOT)}, subprocess.PIPE
    command = [sys.executable, "-c", NIGHT, "2025-03-02"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=pipe, stderr=pipe, text=True) as night:
        assert night.stdout is not None
        assert night.stdout.readline() == "in the step\n"
        night.send_signal(signal.SIGTERM)
        _, said = night.communicate(timeout=60)
    assert night.returncode == 128 + signal.SIGTERM
    assert said.strip() == "It was ended by SIGTERM before it was done: run it again."
    [notice] = told(home)
    assert (notice["night"], notice["step"]) == ("2025-03-02", "landing")
