"""`python -m intake`: what it prints and writes for a good folder, and for one that holds everything but data."""

from pathlib import Path

import pytest

from intake.__main__ import main
from tests.intake.shapes import HORRIBLE, SHAPES


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NIGHTSHIFT_DROPS", raising=False)
    return tmp_path


def test_a_good_folder_gets_a_fleet_and_a_page(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drops = SHAPES["a failure flag"].write(home / "drops")
    assert main([str(drops), "--fleet", str(home / "pumps")]) == 0
    told = capsys.readouterr().out
    page = (home / "home/reports/intake_pumps.html").read_text()
    for text in (told, page):
        assert "3 machines, 90 readings" in text
        assert "make run" in text
        assert f"DBT_PROJECT_DIR={home / 'pumps'}" in text
    assert (home / "pumps/dbt_project.yml").read_text().startswith("name: pumps\n")
    assert main([str(drops), "--fleet", str(home / "pumps")]) == 0
    assert "stands already and was left as it is" in capsys.readouterr().out


def test_a_folder_of_everything_but_data_gets_sentences(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("only binaries", "an empty file and a broken gzip", "prose", "nothing with a time"):
        HORRIBLE[name].write(home / "drops" / name)
    (home / "drops/<script>alert(1).csv").write_bytes(b"\0\1")
    closed = home / "drops/closed.csv"
    closed.write_text("a,b\n")
    closed.chmod(0)
    assert main([str(home / "drops"), "--fleet", str(home / "bad")]) == 1
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "Nothing here can be landed yet" in out
    assert not (home / "bad").exists()
    page = (home / "home/reports/intake_bad.html").read_text()
    for words in ("Excel workbook", "PDF", "broken gzip", "empty (0 bytes)", "binary", "no separator"):
        assert words in page
    assert "<script>" not in page


def test_no_folder_is_told_in_a_sentence(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert main([str(home / "nowhere")]) == 1
    told = capsys.readouterr().err
    assert told.count("name the folder with the files to look at") == 2
