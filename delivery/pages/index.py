"""The first page of the reports: every night with its pages and its verdict, newest first; and which pages go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from delivery.pages.evidently import remove_scripts
from delivery.pages.files import EVALUATION, INDEX, MACHINE_FOLDER, write_report
from delivery.pages.machine.chosen import remove_pages
from delivery.pages.panels import PANEL_HEIGHT, PANEL_WIDTH, panels
from delivery.pages.templating import render
from settings import Settings
from warehouse.connection import open_warehouse
from warehouse.tables import table_exists

READS = ("ml.drift_nights", "ml.nights")
NIGHTLY_PAGES = ("drift", "morning")
PAGE = re.compile(rf"({'|'.join(NIGHTLY_PAGES)})_(\d{{4}}-\d{{2}}-\d{{2}})\.html")


@dataclass(frozen=True)
class IndexLine:
    """One line of the index: the names of the pages there are, by kind, and the night's row of `ml.drift_nights`."""

    night: date
    pages: Mapping[str, str]
    verdict: str
    summary: str
    quality: str


def write_index(settings: Settings) -> Path:
    """Prune the pages of old nights, then write the index of those that are left; returns its path."""
    folder = settings.paths.report_dir
    prune_reports(folder, settings.workspace.housekeeping.keep_reports)
    with open_warehouse(settings, read_only=True) as con:
        judged, told = (
            con.execute(f"select * from {table}").df() if table_exists(con, table) else pd.DataFrame()
            for table in READS
        )
    evaluation = EVALUATION if (folder / EVALUATION).exists() else None
    return write_report(folder, INDEX, render_index(pages_of_nights(folder), judged, evaluation, told))


def render_index(
    pages: Mapping[date, Mapping[str, str]],
    judged: pd.DataFrame,
    evaluation: str | None = None,
    told: pd.DataFrame | None = None,
) -> str:
    """The page as HTML text.

    `pages`: night to kind to file name; `judged`: rows of `ml.drift_nights`; `told`: rows of `ml.nights`.
    """
    leads = {night: kinds.get("morning") or next(iter(kinds.values())) for night, kinds in pages.items()}
    pictures = panels(pd.DataFrame() if told is None else told, judged, leads)
    verdicts = {pd.Timestamp(str(row["as_of"])).date(): row for row in judged.to_dict("records")}
    nights = [_line(night, pages[night], verdicts.get(night, {})) for night in sorted(pages, reverse=True)]
    return render(
        "index.html.j2", nights=nights, evaluation=evaluation, panels=pictures, width=PANEL_WIDTH, height=PANEL_HEIGHT
    )


def pages_of_nights(folder: Path) -> dict[date, dict[str, str]]:
    """The nights that have a page in `folder`: night to kind ('drift', 'morning') to file name."""
    found: dict[date, dict[str, str]] = {}
    for path in filter(Path.is_file, folder.iterdir()) if folder.is_dir() else ():
        if (match := PAGE.fullmatch(path.name)) and (night := _as_date(match[2])):
            found.setdefault(night, {})[match[1]] = path.name
    return found


def prune_reports(folder: Path, keep: int) -> list[str]:
    """Remove the pages of all but the last `keep` nights that have one, machines' among them; returns their names.

    The night in a page's or folder's name decides, not the age of the file; scripts go that no page loads any more. No
    other file is touched.
    """
    pages, machines = pages_of_nights(folder), machines_of_nights(folder)
    nights = sorted({*pages, *machines}, reverse=True)[keep:]
    old = [name for night in nights for name in pages.get(night, {}).values()]
    for name in old:
        (folder / name).unlink()
    for name in (machines[night] for night in nights if night in machines):
        old += remove_pages(folder, name, keep=())
    return sorted([*old, *remove_scripts(folder, [kinds["drift"] for kinds in pages_of_nights(folder).values()
                                                 if "drift" in kinds])])  # fmt: skip


def machines_of_nights(folder: Path) -> dict[date, str]:
    """The nights that have machines' pages in `folder`, with the folder of those."""
    found = sorted((folder / MACHINE_FOLDER).iterdir()) if (folder / MACHINE_FOLDER).is_dir() else []
    folders = [path.name for path in found if path.is_dir() and not path.is_symlink()]
    dated = ((_as_date(name), name) for name in folders)
    return {night: f"{MACHINE_FOLDER}/{name}" for night, name in dated if night and night.isoformat() == name}


def _line(night: date, pages: Mapping[str, str], row: Mapping[object, object]) -> IndexLine:
    judged, drifted = _flag(row.get("judged")), _flag(row.get("drifted"))
    verdict = "not judged" if not judged else "drifted" if drifted else "steady"
    quality = ""
    if _flag(row.get("quality_judged")):
        low, high = (float(str(row[name])) for name in ("quality_low", "quality_high"))
        quality = f"{float(str(row['quality'])):.2f} ({low:.2f} to {high:.2f})"
        quality += ", fallen" if _flag(row.get("quality_fallen")) else ""
    return IndexLine(night, pages, verdict, str(row.get("summary", "")), quality)


def _flag(value: object) -> bool:
    return isinstance(value, bool) and value


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
