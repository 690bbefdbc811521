"""Thin Dagster shells over dbt and `ml/`: no maths and no SQL."""

import sys
from types import TracebackType

import warehouse.quick_exit  # noqa: F401 - its handler is to be called last: before any library registers one


def _in_a_word(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ctrl-C while a command still loads, which takes seconds: where it stood then tells nobody anything."""
    if issubclass(kind, KeyboardInterrupt):
        print("\nInterrupted.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _in_a_word
