"""How the pages are named and written."""

from datetime import datetime
from pathlib import Path

from delivery.readers import write_for_readers

INDEX, EVALUATION = "index.html", "evaluation.html"
MACHINE_FOLDER = "machines"  # the folder of the machines' pages, with one a night


def report_name(kind: str, as_of: datetime) -> str:
    """The file name of a night's report."""
    return f"{kind}_{as_of:%Y-%m-%d}.html"


def machines_folder(as_of: datetime) -> str:
    """The folder of a night's machine pages, below the reports."""
    return f"{MACHINE_FOLDER}/{as_of:%Y-%m-%d}"


def write_beside(folder: Path, name: str, text: str) -> None:
    """Write a file that pages load, unless it is there: its name says what is in it. Raises DiskFull."""
    if not (folder / name).exists():
        write_for_readers(folder, name, text)


def write_report(folder: Path, name: str, html: str) -> Path:
    """Write a page so that nobody ever opens half of it. Raises DiskFull, which leaves the page that was there."""
    return write_for_readers(folder, name, html)
