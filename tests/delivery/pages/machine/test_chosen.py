"""Which machines have a page, and in which file."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from delivery.pages.machine.chosen import machines_with_pages, page_file, pages_note, remove_pages
from settings import load_settings

ODD_IDS = ["1", "I", "i", "ı", "../../etc/passwd", "a/b", "a\\b", "", " ", "CON", "con", "é", "é", "x" * 300, "x" * 301,
           "\u202eevil", "<script>", "'; drop table x; --", "7" * 40, "\n", "\ud800"]  # fmt: skip


def night(**columns: Any) -> pd.DataFrame:
    rows = pd.DataFrame(columns)
    given: dict[str, Any] = {"alert": False, "risk_level": "normal", "failure_probability": None, "reasons": None}
    return rows.assign(**{name: value for name, value in given.items() if name not in rows})


def test_alerts_come_first_and_quiet_machines_have_none() -> None:
    level = ["normal", "normal", "silent", "down", "elevated", "elevated", "high", "high"]
    answers = night(
        machine_id=list("abcdefgh"), risk_level=level, alert=[one == "high" for one in level],
        failure_probability=[0.01, 0.02, None, None, 0.1, 0.2, 0.8, 0.9],
        reasons=[None, "+ volt", None, None, None, None, "+ volt", "+ volt"],
    )  # fmt: skip
    assert machines_with_pages(answers, 30) == ["h", "g", "f", "e", "c", "d", "b"]
    assert machines_with_pages(answers, 3) == ["h", "g", "f"]
    assert machines_with_pages(answers, 0) == []
    assert machines_with_pages(answers.head(0), 3) == []


def test_before_a_model_the_farthest_come_first() -> None:
    answers = night(machine_id=["a", "b", "c"], risk_level=["elevated"] * 3, distance_from_normal=[4.0, 6.0, 5.0])
    assert machines_with_pages(answers, 2) == ["b", "c"]
    assert machines_with_pages(answers.assign(distance_from_normal=None), 3) == ["a", "b", "c"]


def test_every_id_has_a_file_of_its_own() -> None:
    names = [page_file(machine) for machine in ODD_IDS]
    assert len({name.lower() for name in names}) == len(set(ODD_IDS))
    for name in names:
        assert len(name) <= 60
        assert name.isascii()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert name[0].isalnum()
    assert page_file("Press 4/2") == page_file("Press 4/2")
    assert page_file("Press 4/2").startswith("press-4-2-")


def test_pages_that_are_left_over_go_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "machines/2025-01-01"
    folder.mkdir(parents=True)
    kept, old = page_file("1"), page_file("2")
    for name in (kept, old, f".{old}.partial", "notes.txt", "index.html"):
        (folder / name).write_text("")
    gone = remove_pages(tmp_path, "machines/2025-01-01", keep={kept})
    assert gone == [f"machines/2025-01-01/{name}" for name in sorted((f".{old}.partial", old))]
    assert sorted(path.name for path in folder.iterdir()) == sorted([kept, "notes.txt", "index.html"])
    for name in ("notes.txt", "index.html"):
        (folder / name).unlink()
    remove_pages(tmp_path, "machines/2025-01-01", keep=())
    assert not folder.exists()
    assert remove_pages(tmp_path, "machines/2025-01-01", keep=()) == []


@pytest.mark.parametrize(("pages", "told"), [(0, ""), (7, "7 of 100 machines have one: alerts first")])
def test_the_note_says_who_has_none_and_why(pages: int, told: str) -> None:
    note = pages_note(pages, 100, 30, load_settings(env={}).fleet)
    assert told in note
    assert not pages or "at most 30 a night (pages.machines in workspace.toml)" in note
