"""What a step has to wait for anyway, used: what a later step needs is done by a thread while dbt builds.

dbt builds in a process of its own, and this one has a core to spare. Nothing here forks meanwhile: dbt's commands are
begun as programs, and the server that forks for them has loaded none of this. A run that another process takes up, or
whose steps are chosen one by one, finds nothing done and does it where it is due.
"""

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from warehouse.loading import loading

_begun: dict[Hashable, Future[Any]] = {}


@contextmanager
def loaded_meanwhile(load: Callable[[], None]) -> Iterator[None]:
    """Call `load`, which imports, beside the block; both are over at the end.

    What cannot be imported is told of by who needs it.
    """

    def load_all() -> None:
        with loading(), suppress(Exception):
            load()

    loaded = _thread().submit(load_all)
    try:
        yield
    finally:
        loaded.result()


def begin(key: Hashable, make: Callable[[], Any]) -> None:
    """Let `make` go on beside other steps, for `begun` to give out under `key`; what was begun before is forgotten."""
    _begun.clear()
    _begun[key] = _thread().submit(make)


def begun(key: Hashable) -> Any:  # noqa: ANN401 - whatever `make` makes
    """What was begun under `key`, once, when it is there; None where nothing was, or it failed."""
    future = _begun.pop(key, None)
    return None if future is None or future.exception() is not None else future.result()


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "meanwhile")
