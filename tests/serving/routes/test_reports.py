"""Written pages are served as they are, and no other file is."""

from pathlib import Path

import pytest

from settings import Settings
from tests.serving.conftest import Ask

PAGE = "machines/2025-02-28/m1-0123456789ab.html"


@pytest.fixture
def written(own_home: Settings) -> Settings:
    reports = own_home.paths.report_dir
    (reports / PAGE).parent.mkdir(parents=True)
    for name in ("morning_2025-02-28.html", "drift_2025-02-28.html", "evaluation.html", PAGE):
        (reports / name).write_text(f"<p>{name}</p>")
    (reports / "README.md").write_text("private")
    (reports.parent / "secret.html").write_text("private")
    (reports / "morning_2025-02-27.html").symlink_to(reports.parent / "secret.html")
    return own_home


def test_pages_are_served_and_linked(ask: Ask, written: Settings) -> None:
    client = ask(settings=written)
    for name in ("morning_2025-02-28.html", "evaluation.html", PAGE):
        assert client.get(f"/pages/reports/{name}").text == f"<p>{name}</p>"
    assert client.get("/pages/evaluation", follow_redirects=True).text == "<p>evaluation.html</p>"
    drawn = client.get("/pages/reports/drift_2025-02-28.html").headers["content-security-policy"]
    assert drawn.startswith("sandbox allow-scripts;")
    assert "allow-same-origin" not in drawn


def test_a_drift_page_brings_its_script_along_and_the_script_alone_is_no_page(ask: Ask, written: Settings) -> None:
    reports, name = written.paths.report_dir, "evidently-0123456789ab.js"
    (reports / "drift_2025-02-28.html").write_text(f'<script defer src="{name}"></script><p>drift</p>')
    (reports / name).write_text(r"draw('\1')")
    client = ask(settings=written)
    assert client.get("/pages/reports/drift_2025-02-28.html").text == r"<script>draw('\1')</script><p>drift</p>"
    assert client.get(f"/pages/reports/{name}").status_code == 404
    (reports / name).unlink()
    (reports / name).symlink_to(reports.parent / "secret.html")
    assert "private" not in client.get("/pages/reports/drift_2025-02-28.html").text


@pytest.mark.parametrize(
    "name",
    ["README.md", "../secret.html", "%2e%2e/secret.html", "morning_2025-02-27.html", "morning_2025-02-26.html",
     "machines/2025-02-28/../../../secret.html", "/etc/passwd", "machines/2025-02-28", ""],
)  # fmt: skip
def test_no_other_file_is(ask: Ask, written: Settings, name: str) -> None:
    answer = ask(settings=written).get(f"/pages/reports/{name}")
    assert answer.status_code == 404
    assert "private" not in answer.text


def test_without_an_evaluation_it_says_so(ask: Ask, own_home: Settings, tmp_path: Path) -> None:
    assert "make evaluate" in ask(settings=own_home).get("/pages/evaluation").text
