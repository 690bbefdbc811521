"""A line of a benchmark's picture."""

from collections.abc import Sequence
from typing import Any


def draw_line(ax: Any, sizes: Sequence[int], values: Sequence[float], color: str, name: str | None = None) -> None:
    """Draw `values` against `sizes` on logarithmic axes, each point with its figure."""
    ax.loglog(sizes, values, "o-", color=color, label=name)
    for size, value in zip(sizes, values, strict=True):
        ax.annotate(f"{value:.3g}", (size, value), textcoords="offset points", xytext=(0, 7), ha="center")
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    ax.margins(0.15, 0.3)
    ax.grid(alpha=0.25)
