"""Loading libraries without a search for garbage among them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Let the block load what stays until the process ends: it is not looked through for what can go, then or later.

    A search begins whenever some hundred objects more have been made, and what libraries make stays: a quarter of the
    time that they take to load.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
