"""Processes that write the log on Spark and are killed with SIGKILL, Java and all."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from settings import ROOT
from tests.spark.ml.log_kit import by_duckdb, night

pytestmark = pytest.mark.spark


class Writer:
    """A process with a process group of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.spark.ml.log_writer", str(home), *arguments]
        env = {**os.environ, "NIGHTSHIFT_SPARK_MEMORY": "1g", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True)  # fmt: skip

    def said(self, word: str) -> str:
        """The line that begins with `word`, when it comes."""
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith(word):
                return line.removeprefix(word).strip()
        raise AssertionError(f"it ended with {self.process.wait()} and never said {word}")

    def kill(self) -> None:
        assert self.process.poll() is None, "it must be killed while it works"
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def files(home: Path, minute: int) -> list[Path]:
    """The files of the batch scored at that minute, also those that are not yet in their place."""
    # os.walk: Spark removes folders while they are walked through.
    written = (Path(folder, name) for folder, _, names in os.walk(home / "lake/ml.db/prediction_log") for name in names)
    return [path for path in written if path.suffix == ".parquet" and f"T07{minute:02d}00" in str(path)]


def told(line: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in json.loads(line)]


def expected(chance: float, minute: int) -> list[tuple[object, ...]]:
    return told(json.dumps(by_duckdb(night(chance, at=minute)), default=str))


def test_a_log_whose_writers_are_killed_while_adding_and_before_dropping(tmp_path: Path) -> None:
    adding = Writer(tmp_path, "0.1@0", "0.2@5", "0.2@6")
    assert told(adding.said("answers")) == expected(0.1, 0)
    while not files(tmp_path, 5):
        time.sleep(0.002)
    adding.kill()
    first = files(tmp_path, 0)
    assert first, "the first answers are where they were"

    added = Writer(tmp_path, "0.3@9", "wait")
    added.said("added")
    added.kill()
    assert files(tmp_path, 0) == first
    assert files(tmp_path, 9)

    last = Writer(tmp_path, "0.4@12")
    assert told(last.said("answers")) == expected(0.4, 12)
    assert last.process.wait() == 0
    left = (tmp_path / "lake/ml.db/prediction_log").rglob("*.parquet")
    assert list(left) == files(tmp_path, 12), "one batch is left, and nothing half-written"
