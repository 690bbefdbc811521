"""Frames and lines as Markdown, for the metadata that Dagster shows: what they hold is only text."""

from collections.abc import Iterable

import pandas as pd

from delivery.markup import markdown


def markdown_table(frame: pd.DataFrame) -> str:
    """A Markdown table of `frame`."""
    head = "| " + " | ".join(map(markdown, frame.columns)) + " |\n|" + "---|" * len(frame.columns)
    rows = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in frame.itertuples(index=False)]
    return "\n".join([head, *rows])


def markdown_list(lines: Iterable[object]) -> str:
    """A Markdown list, one item a line."""
    return "\n".join(f"- {markdown(line)}" for line in lines)


def _cell(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and pd.isna(value)) else markdown(value)
