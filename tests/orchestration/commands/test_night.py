"""How the nights of a command line are read."""

from datetime import date

import pytest

from orchestration.commands import night


def test_a_night_and_a_range_are_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["night", "2025-12-30", "--until", "2025-12-31"])
    assert night._arguments() == (date(2025, 12, 30), date(2025, 12, 31))


@pytest.mark.parametrize("written", ["31.12.2025", "2025-12-32", "yesterday"])
def test_what_is_no_date_is_told_with_how_to_write_one(
    written: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["night", written])
    with pytest.raises(SystemExit, match="2"):
        night._arguments()
    assert f"{written} is no date: write it as 2025-12-31" in capsys.readouterr().err
