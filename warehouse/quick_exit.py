"""Ending a process without taking apart what it has loaded.

Python empties every module and looks for garbage before it ends: with dbt, Dagster and Evidently loaded that takes a
second or two, for memory that the system takes back at once. Handlers of `atexit` are called all the same, that of this
module last where it is imported before whatever registers them.
"""

import atexit
import gc
import os
import sys

_ending: list[int] = []


def at_once(code: int) -> int:
    """`code`, for `sys.exit`: when every handler of `atexit` has been called the process ends by it, and is done."""
    _ending[:] = [code]
    return code


@atexit.register
def _end() -> None:
    if not _ending:
        gc.unfreeze()  # libraries tell of what is still there when Python ends, and of what it cannot look through
        return
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):  # None where the process began without one
            stream.flush()
    except (OSError, ValueError):  # nobody reads any more: Python has a word and a code for that
        return
    os._exit(_ending[0])
