"""The checks of the house on small made-up trees: each must be able to fail."""

from pathlib import Path

import pytest

from tests.house.__main__ import figures
from tests.house.imports import arrows_of, circles, imports_of, modules_of
from tests.house.layout import code_among_files, misplaced_tests
from tests.house.names import twice_defined
from tests.house.plan import FLOORS, ROOMS, arrows_up
from tests.house.sql_text import sql_in


def tree(root: Path, **files: str) -> Path:
    """Files by name, `__` for a slash: `ml__mart__load` is ml/mart/load.py."""
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def up(root: Path) -> list[str]:
    return arrows_up(arrows_of(modules_of(root, ROOMS)))


@pytest.mark.parametrize(
    "text",
    [
        "import ml.mart.load",
        "from ml.mart.load import load",
        "from ml.mart import load",
        "from ml.mart.load import Rows as Others",
        "def late() -> None:\n    from ml.mart import load",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ml.mart.load",
        "import importlib\nimportlib.import_module('ml.mart.load')",
        "try:\n    import numpy, ml.mart.load\nexcept ImportError:\n    pass",
    ],
)
def test_every_way_to_import_is_seen(tmp_path: Path, text: str) -> None:
    tree(tmp_path, ml__mart__load="", warehouse__tables=text)
    assert up(tmp_path) == ["warehouse.tables imports ml.mart.load"]


def test_relative_imports_are_seen(tmp_path: Path) -> None:
    tree(
        tmp_path, ml__mart__load="from ..models import model", ml__models__model="", ml__mart__rows="from . import load"
    )
    assert up(tmp_path) == ["ml.mart.load imports ml.models.model"]
    assert ("ml.mart.rows", "ml.mart.load") in arrows_of(modules_of(tmp_path, ROOMS))


@pytest.mark.parametrize(
    ("start", "end"),
    [(start, end) for floor, start in enumerate(ROOMS) for end in ROOMS[floor + 1:]]
    + [("delivery", "ingestion"), ("ml", "ingestion"), ("simulator", "settings"), ("steps", "simulator")],
)  # fmt: skip
def test_a_room_that_imports_from_above_is_named(tmp_path: Path, start: str, end: str) -> None:
    names = {"ml": "ml.arrays", "delivery": "delivery.pages", "orchestration": "orchestration.pools"}
    here, there = (names.get(room, f"{room}.some" if room != "settings" else room) for room in (start, end))
    tree(tmp_path, **{here.replace(".", "__"): f"import {there}", there.replace(".", "__"): ""})
    assert up(tmp_path) == [f"{here} imports {there}"]


@pytest.mark.parametrize("room", sorted(FLOORS))
def test_a_package_that_imports_from_above_or_beside_is_named(tmp_path: Path, room: str) -> None:
    names = [(floor, f"{room}.{package}") for floor, packages in enumerate(FLOORS[room]) for package in packages]
    for (low, start), (high, end) in ((one, other) for one in names for other in names if one != other):
        assert arrows_up([(f"{start}.a", f"{end}.b")]) == ([f"{start}.a imports {end}.b"] if low <= high else [])
    assert not arrows_up([(f"{names[0][1]}.a", f"{names[0][1]}.b")])


def test_a_package_on_no_floor_is_refused(tmp_path: Path) -> None:
    tree(tmp_path, ml__attic__old="import ml.arrays", ml__arrays="")
    with pytest.raises(LookupError, match=r"ml\.attic"):
        up(tmp_path)


def test_an_init_that_drags_its_room_in_is_named(tmp_path: Path) -> None:
    tree(tmp_path, ml__arrays="")
    (tmp_path / "ml/__init__.py").write_text("import ml.arrays")
    assert up(tmp_path) == ["ml imports ml.arrays"]


def test_circles_are_found_however_long(tmp_path: Path) -> None:
    tree(tmp_path, steps__a="import steps.b", steps__b="def f():\n    import steps.c", steps__c="from steps import a",
         steps__d="import steps.a")  # fmt: skip
    assert circles(arrows_of(modules_of(tmp_path, ROOMS))) == [["steps.a", "steps.b", "steps.c"]]
    assert circles([("a", "b"), ("b", "c"), ("a", "c")]) == []


def test_names_from_outside_are_read_in_full(tmp_path: Path) -> None:
    tree(tmp_path, steps__a="from dagster._core.storage import tags\nimport duckdb")
    assert imports_of(tmp_path / "steps/a.py") == {"dagster._core.storage.tags", "duckdb"}


@pytest.mark.parametrize(
    "text",
    [
        "con.execute('select a from b')",
        "con.execute(f'''\n  SELECT count(*)\n  FROM {table}''')",
        "sql = f'insert into {t} values (?)'",
        "x = 'delete from ' + name",
        "x = f'update {t} set a = 1'",
        "x = 'create table if not exists a (b int)'",
        "x = 'create or replace view a as'",
        "x = ' group by ' + column",
        "x = f'from {name} where a'",
        "con.execute('select 1')",
    ],
)
def test_sql_is_found_in_strings(tmp_path: Path, text: str) -> None:
    tree(tmp_path, orchestration__a=text)
    assert len(sql_in(tmp_path / "orchestration/a.py")) == 1


@pytest.mark.parametrize(
    "text",
    [
        '"""select a from b"""',
        'def f():\n    """Delete from the record; group by hand."""',
        "# select a from b\nselect = from_ = 1",
        "dbt(['build', '--select', '+feature_mart'])",
        "x = 'update the settings from the file'",
        "x = 'Restore it from a copy, where there is one'",
    ],
)
def test_prose_is_no_sql(tmp_path: Path, text: str) -> None:
    tree(tmp_path, orchestration__a=text)
    assert sql_in(tmp_path / "orchestration/a.py") == []


def test_tests_out_of_place_are_named(tmp_path: Path) -> None:
    tree(tmp_path, ml__mart__load="", steps__score__part="", tests__ml__mart__test_load="", tests__steps__test_score="",
         tests__ml__test_load="", tests__spark__test_any="", tests__steps__test_whole="")  # fmt: skip
    assert misplaced_tests(tmp_path, {"steps/test_whole.py": "all steps"}) == ["ml/test_load.py"]
    stale = {
        "steps/test_whole.py": "all",
        "ml/test_load.py": "old",
        "ml/mart/test_load.py": "no exception",
        "gone.py": "",
    }
    assert misplaced_tests(tmp_path, stale) == ["ml/mart/test_load.py", "gone.py"]


def test_code_among_the_data_is_named(tmp_path: Path) -> None:
    assert code_among_files(tree(tmp_path, data__lake__old="", reports__x="", ml__arrays="")) == [
        "data/lake/old.py", "reports/x.py",
    ]  # fmt: skip


def test_a_name_with_two_homes_is_named(tmp_path: Path) -> None:
    tree(tmp_path, steps__a="class Night: ...\nWIDTH, HEIGHT = 1, 2\n_OWN = small = 3\nfrom steps.b import Other",
         steps__b="Night = int\nWIDTH: int = 5\n_OWN = small = 4\nclass Other:\n    WIDTH = 1")  # fmt: skip
    assert twice_defined(modules_of(tmp_path, ROOMS)) == {
        "Night": ["steps.a", "steps.b"],
        "WIDTH": ["steps.a", "steps.b"],
    }


def test_the_figures_count_what_there_is(tmp_path: Path) -> None:
    tree(tmp_path, settings="a = 1\nb = 2\n", warehouse__a="import settings\nimport ml.arrays", ml__arrays="",
         steps__a="import steps.b", steps__b="import steps.a")  # fmt: skip
    text = figures(tmp_path)
    assert "| warehouse | 1 | 2 |" in text
    assert "| all Python | 5 | 6 |" in text
    assert text.endswith("import arrows between modules: 4, of them between rooms: 2\narrows up: 1\ncircles: 1")
