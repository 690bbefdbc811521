"""Contenders measured fairly: each in its own process, by turns, with its median time and peak memory."""

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from settings import ROOT


@dataclass(frozen=True)
class Run:
    """Wall-clock seconds, and the peak resident set of the process in bytes."""

    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Contender:
    """`command` is timed; `prepare` runs before each time and is not. `env` is added to this process's own."""

    command: Sequence[str]
    prepare: Callable[[], None] = lambda: None
    env: Mapping[str, str] | None = None


def python(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", module, *map(str, arguments)]


class TooMuchMemory(Exception):
    """A contender was stopped before it took all of the machine's memory."""


def once(contender: Contender, log: Path, most_bytes: float = float("inf")) -> Run:
    """Raises SystemExit with the end of its output where it fails, TooMuchMemory where it grows beyond `most_bytes`."""
    contender.prepare()
    with log.open("w") as out:
        began = time.monotonic()
        process = subprocess.Popen(contender.command, cwd=ROOT, env={**os.environ, **(contender.env or {})},
                                   stdout=out, stderr=subprocess.STDOUT)  # fmt: skip
        watch = threading.Thread(target=_stop_beyond, args=(process.pid, most_bytes), daemon=True)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if usage.ru_maxrss * 1024 > most_bytes:
        raise TooMuchMemory(f"stopped at {most_bytes / 1e9:.0f} GB after {seconds:.0f} s")
    if process.returncode:
        raise SystemExit(f"{' '.join(contender.command)} failed:\n{log.read_text()[-2000:]}")
    return Run(seconds, usage.ru_maxrss * 1024)


def by_turns(contenders: Mapping[str, Contender], rounds: int, log: Path) -> dict[str, Run]:
    """Every contender once a round, in turn, `rounds` times: median seconds, highest peak."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            runs[name].append(once(contender, log))
    return {
        name: Run(statistics.median(run.seconds for run in found), max(run.peak_bytes for run in found))
        for name, found in runs.items()
    }


def _stop_beyond(pid: int, most_bytes: float) -> None:
    while most_bytes < float("inf"):
        found = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
        if not found.strip():
            return
        if int(found) * 1024 > most_bytes:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
