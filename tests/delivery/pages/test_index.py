"""The index of the nights' pages, and which pages go when."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from delivery.pages.index import pages_of_nights, prune_reports, render_index, write_index
from delivery.pages.machine.chosen import page_file
from settings import Settings

HOSTILE = "<script>alert(1)</script>"
NIGHT = datetime(2025, 2, 20, 6)


def index(judged: pd.DataFrame, names: Sequence[str], folder: Path) -> str:
    for name in names:
        (folder / name).write_text("")
    return render_index(pages_of_nights(folder), judged, "evaluation.html")


def test_the_index_loads_nothing_and_escapes(tmp_path: Path) -> None:
    judged = pd.DataFrame([{"as_of": NIGHT, "judged": True, "drifted": True, "summary": HOSTILE,
                            "quality_judged": None}])  # fmt: skip
    html = index(judged, ["drift_2025-02-20.html", f"drift_{'x' * 10}.html", "morning_2025-02-30.html"], tmp_path)
    assert HOSTILE not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "default-src 'none'" in html
    assert not re.search(r"<script|<link|<img|url\(|https?:", html)
    assert "prefers-color-scheme: dark" in html


def test_no_night_yet_is_a_page_too(settings: Settings, tmp_path: Path) -> None:
    paths = settings.paths.model_copy(update={"home": tmp_path, "reports": None})
    home = settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})
    home.paths.report_dir.mkdir(parents=True)
    duckdb.connect(str(home.paths.warehouse)).close()
    assert "No night has a page yet." in write_index(home).read_text()


def test_pruning_keeps_the_last_nights_and_whatever_is_no_nights_page(tmp_path: Path) -> None:
    days = [date(2025, 2, 1) + timedelta(days=day) for day in range(5)]
    kept = ["index.html", "evaluation.html", "README.md", "drift_2025-02-01.html.bak", "drift_2025-99-01.html",
            "morning_2025-02-04.html", "drift_2025-02-05.html", "morning_2025-02-05.html"]  # fmt: skip
    old = [f"drift_{days[0]}.html", f"morning_{days[1]}.html", f"drift_{days[2]}.html", f"morning_{days[2]}.html"]
    (tmp_path / "drift_2020-01-01.html").mkdir()
    for name in [*kept, *old]:
        (tmp_path / name).write_text("")
    assert prune_reports(tmp_path, 2) == sorted(old)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, "drift_2020-01-01.html"])
    assert prune_reports(tmp_path, 2) == []
    assert prune_reports(tmp_path / "none", 2) == []


def test_machines_pages_go_with_their_night(tmp_path: Path) -> None:
    pages = [f"machines/2025-02-0{day}/{page_file(str(machine))}" for day in (1, 2, 3) for machine in (1, 2)]
    other = ["morning_2025-02-03.html", "machines/2025-02-01/notes.txt", "machines/20250201/x-0123456789ab.html",
             "machines/README.md"]  # fmt: skip
    for name in ["morning_2025-02-01.html", "morning_2025-02-02.html", *other, *pages]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    gone = ["morning_2025-02-01.html", "morning_2025-02-02.html", *pages[:4]]
    assert prune_reports(tmp_path, 1) == sorted(gone)
    left = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == sorted([*other, *pages[4:]])
    assert not (tmp_path / "machines/2025-02-02").exists()
    assert prune_reports(tmp_path, 1) == []
