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
from tests.spark.log_kit import by_duckdb, night

pytestmark = pytest.mark.spark


class Writer:
    """A process with a process group of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.spark.log_writer", str(home), *arguments]
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


def files(home: Path) -> set[Path]:
    """Also those that are not yet in their place."""
    return set((home / "lake/ml.db/prediction_log").rglob("*.parquet"))


def told(line: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in json.loads(line)]


def expected(chance: float, minute: int) -> list[tuple[object, ...]]:
    return told(json.dumps(by_duckdb(night(chance, at=minute)), default=str))


def test_a_log_whose_writers_are_killed_while_adding_and_before_dropping(tmp_path: Path) -> None:
    first = Writer(tmp_path, "0.1", "0")
    assert told(first.said("answers")) == expected(0.1, 0)
    first.process.wait()

    before = files(tmp_path)
    adding = Writer(tmp_path, "0.2", "5")
    adding.said("began")
    while not files(tmp_path) - before:
        assert adding.process.poll() is None
        time.sleep(0.005)
    adding.kill()
    assert before <= files(tmp_path), "the first answers are where they were"

    added = Writer(tmp_path, "0.3", "9", "wait")
    added.said("added")
    added.kill()
    assert before <= files(tmp_path)
    assert len(list((tmp_path / "lake/ml.db/prediction_log").glob("day=*/batch=*/*.parquet"))) >= 2

    last = Writer(tmp_path, "0.4", "12")
    assert told(last.said("answers")) == expected(0.4, 12)
    last.process.wait()
    [left] = files(tmp_path)
    assert "T071200" in left.parent.name, "one batch is left, and nothing half-written"
