"""What is the same every night stands once, what is this night's is small, and neither ends a script."""

import json
import os
from pathlib import Path

import pytest

from delivery.pages.evidently import STEPS, loaded_by, remove_scripts, script_json, taken_apart
from delivery.pages.files import write_beside

HOSTILE = "</script><script>alert(1)</script>"
PAGE = """<html><head><style>.x { color: red }</style>
<script>
    var metric_ab12 = PAGE_DATA;
    var additional_graphs_metric_ab12 = GRAPHS;
</script></head><body><div id="root_metric_ab12">
    </div><script>var global = globalThis</script>
    <script>window.drawDashboard = function () { return "a library" } /* PADDING */</script>
    <script>
    window.drawDashboard(metric_ab12, 1);
    </script></body></html>"""


def page(name: str = HOSTILE, library: str = "") -> str:
    graphs = {"g": {"template": {"much": 1}, "data": [{"x": [0.123456789, 9.87654321], "name": name}]}}
    filled = PAGE.replace("PAGE_DATA", json.dumps({"name": name})).replace("GRAPHS", json.dumps(graphs))
    return filled.replace("PADDING", library or "x" * 300)


def test_the_library_stands_apart_and_the_data_cannot_end_a_script() -> None:
    drawing = taken_apart(page())
    assert drawing.root == '<div id="root_metric_ab12">\n    </div>'
    assert drawing.name == "metric_ab12"
    assert "a library" in drawing.script.text
    assert "color: red" in drawing.script.text
    assert "a library" not in drawing.data
    assert "<" not in drawing.data
    assert "template" not in drawing.data
    assert json.loads(drawing.data.split("= ", 2)[1].rpartition(";")[0])["name"] == HOSTILE


def test_a_script_has_one_name_as_long_as_it_is_the_same() -> None:
    assert taken_apart(page("a")).script == taken_apart(page("b")).script
    assert taken_apart(page()).script.name != taken_apart(page(library="newer" * 100)).script.name


@pytest.mark.parametrize("lost", ["metric_ab12 = {", "root_metric", "drawDashboard = ", "<style>"])
def test_a_page_that_is_laid_out_otherwise_is_refused(lost: str) -> None:
    changed = page().replace(lost, "other")
    with pytest.raises(ValueError, match="check its version"):
        taken_apart(changed.replace("drawDashboard", "other") if "draw" in lost else changed)


def test_numbers_are_as_fine_as_a_picture_and_no_finer() -> None:
    def told(value: object) -> object:
        return json.loads(script_json(value))

    close = [1_000_000.123456, 1_000_000.223456, 1_000_001.0]
    assert told(close) == pytest.approx(close, abs=1 / STEPS)
    assert told(close) != close
    assert told([0.1234567, None, 5, "a"]) == [0.123457, None, 5, "a"]
    assert told({"p": 0.123456789, "n": 1234567, "b": True}) == {"p": 0.123457, "n": 1234567, "b": True}
    assert told([1.23456789e-9, 1.23456789e-9]) == [1.23457e-09, 1.23457e-09]
    assert "NaN" in script_json([1.0, float("nan")])


def test_a_flat_line_is_drawn_from_end_to_end() -> None:
    flat = {"mode": "lines", "x": [0, 1, 2, 3], "y": [5.5, 5.5, 5.5, 5.5]}
    assert json.loads(script_json(flat)) == {"mode": "lines", "x": [0, 3], "y": [5.5, 5.5]}
    bent = {"mode": "lines", "x": [0, 1, 2], "y": [5.5, 6.5, 5.5]}
    assert json.loads(script_json(bent)) == bent


def test_scripts_go_that_no_page_loads_but_not_the_newest(tmp_path: Path) -> None:
    names = [f"evidently-{number:012x}.js" for number in range(4)]
    for age, name in enumerate(names):
        write_beside(tmp_path, name, "script")
        os.utime(tmp_path / name, (1000 + age, 1000 + age))
    (tmp_path / "drift_1.html").write_text(f'<head><script defer src="{names[1]}"></script>')
    (tmp_path / "drift_2.html").write_text("<head>an older page, with all in it")
    assert loaded_by(tmp_path / "drift_1.html") == names[1]
    assert loaded_by(tmp_path / "drift_2.html") == ""
    assert remove_scripts(tmp_path, ["drift_1.html", "drift_2.html"]) == [names[0], names[2]]
    assert sorted(path.name for path in tmp_path.glob("*.js")) == [names[1], names[3]]
    assert remove_scripts(tmp_path / "none", []) == []
