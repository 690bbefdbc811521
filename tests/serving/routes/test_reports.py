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
