"""What landed, and what is odd about it: at the head of what a command prints, also where the run fails."""

from collections.abc import Iterator
from contextlib import contextmanager

from settings import Settings
from steps.quality import quality_lines


@contextmanager
def quality_told(settings: Settings) -> Iterator[None]:
    """Print the lines when the block is done; those of landing alone where it raises."""
    try:
        yield
    except BaseException:
        _print(quality_lines(settings, is_built=False))
        raise
    _print(quality_lines(settings))


def _print(lines: list[str]) -> None:
    for line in lines:
        print(line, flush=True)
