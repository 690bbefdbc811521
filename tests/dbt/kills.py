"""Landings and builds as processes that can be killed at any moment, forked from one that has all of it imported."""

import random
import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

from tests.dbt.dbt_kit import Drops, Nightshift
from tests.dbt.parsed import manifest


def at_any_moment(
    workspace: type[Nightshift], folder: Path, fleet_vars: dict[str, Any], nights: list[Drops], kills: int, seed: int
) -> tuple[Path, Path]:
    """Play `nights` in two homes: landed and built, and the same with each step killed `kills` times before.

    Returns the two warehouses. Raises AssertionError where the process that does it fails.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.dbt.mapped"])
    process = context.Process(target=_play, args=(workspace, folder, fleet_vars, nights, kills, seed))
    process.start()
    process.join()
    assert process.exitcode == 0, "see its traceback on standard error"
    return folder / "calm/home/warehouse.duckdb", folder / "killed/home/warehouse.duckdb"


def _play(
    workspace: type[Nightshift], folder: Path, fleet_vars: dict[str, Any], nights: list[Drops], kills: int, seed: int
) -> None:
    calm, killed = (workspace(folder / name, fleet_vars) for name in ("calm", "killed"))
    manifest(calm.project, calm.target, calm.vars)  # once, for all that are forked from here
    chance, hits = random.Random(seed), 0
    for drops in nights:
        calm.drop(drops)
        killed.drop(drops)
        for step in ("land", "build"):
            took = _run(getattr(calm, step))
            hits += sum(_kill(getattr(killed, step), chance.uniform(0, took)) for _ in range(kills))
            _run(getattr(killed, step))
    assert hits >= len(nights) * kills, f"only {hits} kills met their step at work"


def _run(step: Callable[[], Any]) -> float:
    """Seconds that it took."""
    begun, process = monotonic(), _start(step)
    process.join()
    assert process.exitcode == 0
    return monotonic() - begun


def _kill(step: Callable[[], Any], seconds: float) -> bool:
    """Whether it was still at work after so many seconds."""
    process = _start(step)
    process.join(seconds)
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def _start(step: Callable[[], Any]) -> BaseProcess:
    process = ForkProcess(target=step)
    process.start()
    return process
