"""Showing how far a long step is: a bar on a terminal, a line now and then in a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TextIO

from tqdm import tqdm

from ml.progress import CountedProgress

EVERY_SECONDS = 15.0
BAR = "    {desc}: {n_fmt} of {total_fmt} |{bar:24}| {elapsed}, {remaining} to go"


@contextmanager
def shown_on(stream: TextIO) -> Iterator[CountedProgress]:
    """Show what is told inside the block on `stream`; a bar is wiped away when its work, or the block, ends."""
    if not stream.isatty():
        yield Lines(stream)
        return
    bar = TerminalBar(stream)
    try:
        yield bar
    finally:
        bar.close()


class TerminalBar:
    """One bar at a time, for what was told last."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.bar: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """See `ml.progress.CountedProgress`."""
        if self.bar is None or done == 0:
            self.close()
            self.bar = tqdm(desc=what, total=total, file=self.stream, bar_format=BAR, leave=False, smoothing=0)
        self.bar.update(done - self.bar.n)
        if done >= total:
            self.close()

    def close(self) -> None:
        """Wipe the bar away."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


@dataclass
class Lines:
    """A line at most every EVERY_SECONDS, with the time that is left if the rest goes as what is done did.

    `stream` is standard error as it then is where none is given.
    """

    stream: TextIO | None = None
    clock: Callable[[], float] = time.monotonic
    began: float = field(default=0.0, init=False)
    said: float = field(default=0.0, init=False)

    def __call__(self, what: str, done: int, total: int) -> None:
        """See `ml.progress.CountedProgress`."""
        now = self.clock()
        if done == 0:
            self.began = self.said = now
        elif done < total and now - self.said >= EVERY_SECONDS:
            self.said = now
            left = (now - self.began) / done * (total - done)
            about = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min"
            print(f"    {what}: {done} of {total}, about {about} to go", file=self.stream or sys.stderr, flush=True)


to_log = Lines()  # what Dagster keeps of a run's output
