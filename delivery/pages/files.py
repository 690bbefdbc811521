"""How the pages are named and written."""

from datetime import datetime
from pathlib import Path

INDEX, EVALUATION = "index.html", "evaluation.html"


def report_name(kind: str, as_of: datetime) -> str:
    """The file name of a night's report."""
    return f"{kind}_{as_of:%Y-%m-%d}.html"


def write_report(folder: Path, name: str, html: str) -> Path:
    """Write a page so that nobody ever opens half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{name}.partial"
    partial.write_text(html, encoding="utf-8")
    return partial.replace(folder / name)
