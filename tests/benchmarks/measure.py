"""Contenders measured fairly: each in its own process, by turns, with its median time and peak memory."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from settings import ROOT

LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Run:
    """Wall-clock seconds, the peak resident set of the process in bytes, and CPU seconds with those of its children."""

    seconds: float
    peak_bytes: int
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Contender:
    """`command` is timed; `prepare` runs before each time and is not. `env` is added to this process's own."""

    command: Sequence[str]
    prepare: Callable[[], None] = lambda: None
    env: Mapping[str, str] | None = None


class TooMuchMemory(Exception):
    """A contender was stopped before it took all of the machine's memory."""


def python(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", module, *map(str, arguments)]


def once(contender: Contender, log: Path, most_bytes: int = 0) -> Run:
    """Raises SystemExit with the end of its output where it fails, TooMuchMemory where it grows beyond `most_bytes`.

    A small launcher starts it: the peak of a process that this one started would be this one's own, if that is more.
    """
    contender.prepare()
    launcher = [sys.executable, "-S", "-E", str(LAUNCHER), str(log), str(most_bytes), *contender.command]
    env = {**os.environ, **(contender.env or {})}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's Python keeps what it has compiled, for us as for the peers
    said = subprocess.run(launcher, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True).stdout
    found = json.loads(said)
    run = Run(found["seconds"], found["peak_bytes"], found["cpu_seconds"])
    if found["stopped"]:
        raise TooMuchMemory(f"stopped at {most_bytes / 1e9:.0f} GB after {run.seconds:.0f} s")
    if found["exit_code"]:
        raise SystemExit(f"{' '.join(contender.command)} failed:\n{log.read_text()[-2000:]}")
    return run


def by_turns(contenders: Mapping[str, Contender], rounds: int, log: Path) -> dict[str, list[Run]]:
    """Every contender once a round, in turn, `rounds` times."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            runs[name].append(once(contender, log))
    return runs


def middle(runs: Sequence[Run]) -> Run:
    """Median seconds, highest peak."""
    seconds, cpu = ([getattr(run, name) for run in runs] for name in ("seconds", "cpu_seconds"))
    return Run(statistics.median(seconds), max(run.peak_bytes for run in runs), statistics.median(cpu))


def compared(
    contenders: Mapping[str, Contender], rounds: int, log: Path, check: Callable[[], object] = lambda: None
) -> dict[str, Run]:
    """The middle of `rounds` rounds by turns; after the first, `check` sees what the contenders made."""
    runs = by_turns(contenders, 1, log)
    check()
    rest = by_turns(contenders, rounds - 1, log)
    return {name: middle([*runs[name], *rest[name]]) for name in contenders}
