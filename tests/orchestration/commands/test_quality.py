"""What is odd is told by a command that ends well, and by one that fails."""

import pytest

from orchestration.commands import quality
from orchestration.commands.quality import quality_told
from settings import Settings


def test_it_is_told_whatever_becomes_of_the_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(quality, "quality_lines", lambda _, is_built=True: ["built" if is_built else "landed"])
    with quality_told(settings):
        pass
    assert capsys.readouterr().out == "built\n"
    with pytest.raises(KeyboardInterrupt), quality_told(settings):
        raise KeyboardInterrupt
    assert capsys.readouterr().out == "landed\n"
