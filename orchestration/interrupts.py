"""Ctrl-C and the signals by which a system ends a process: one error for all of them, that says which it was.

Dagster takes the handlers of SIGINT and SIGTERM while a job runs, and libraries make errors of their own of what a
handler raises (DuckDB: RuntimeError, "Query interrupted"). So what came is read from the pipe into which Python writes
every signal (`signal.set_wakeup_fd`), whoever handles it.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import Any

from dagster import DagsterExecutionInterruptedError

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """The block was told to end. `code`: the exit code that shells give to a process ended by that signal."""

    def __init__(self, by: signal.Signals) -> None:
        super().__init__(f"It was ended by {by.name} before it was done: run it again.")
        self.code = 128 + by


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP interrupt the block as Ctrl-C does, and raise Interrupted for whatever error that made.

    What the caller ignores (`nohup`, a background job) stays ignored. Elsewhere than in the main thread, which alone
    has signals, nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _noted() as came, _handled():
        try:
            yield
        except Interrupted:
            raise
        except BaseException as error:
            if signals := came():
                raise Interrupted(signals[0]) from error
            if isinstance(error, (KeyboardInterrupt, DagsterExecutionInterruptedError)):
                raise Interrupted(signal.SIGINT) from error
            raise


@contextmanager
def _noted() -> Iterator[Any]:
    """Yields a function that returns those of ENDING that have come since, oldest first."""
    reader, writer = os.pipe()
    with closing(os.fdopen(reader, "rb", buffering=0)) as pipe, closing(os.fdopen(writer, "wb", buffering=0)):
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        ignored = {number for number in ENDING if signal.getsignal(number) is signal.SIG_IGN}
        try:
            yield lambda: [signal.Signals(byte) for byte in pipe.read() or b"" if byte in {*ENDING} - ignored]
        finally:
            signal.set_wakeup_fd(before)


@contextmanager
def _handled() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # Dagster puts that of SIGINT in the place of SIGTERM's


def _interrupt(number: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler) and handler is not _interrupt:
        handler(number, frame)  # Dagster's, which ends the processes that the run has begun
    raise KeyboardInterrupt
