"""How far a long work has come, told to whoever started it: they have the clock, and know where to show it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Piece = TypeVar("Piece")

CountedProgress = Callable[[str, int, int], None]
"""Called with what is counted ("boosters fitted"), how many are done, and of how many: at 0, and after each."""


def untold(what: str, done: int, total: int) -> None:
    """Nobody listens."""


def told(parts: Sequence[Piece], what: str, progress: CountedProgress) -> Iterator[Piece]:
    """The `parts`; each counts as done when the next is asked for."""
    counter = Counter(what, len(parts), progress)
    for part in parts:
        yield part
        counter.one_more()


class Counter:
    """Tells `progress` of `total` parts that are done in more than one place, always by one thread."""

    def __init__(self, what: str, total: int, progress: CountedProgress) -> None:
        self.what, self.total, self.progress, self.done = what, total, progress, 0
        progress(what, 0, total)

    def one_more(self) -> None:
        """Another part is done."""
        self.done += 1
        self.progress(self.what, self.done, self.total)
