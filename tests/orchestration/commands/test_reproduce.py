"""What `make reproduce` says where it cannot begin, and where it is told to end."""

import signal

import pytest

from ml.registry.troubles import RegistryUnreadable
from orchestration.commands import reproduce as command


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (RegistryUnreadable("mlflow.db is lost."), 1, "mlflow.db is lost."),
        (KeyboardInterrupt(), 128 + signal.SIGINT, "It was ended by SIGINT before it was done"),
    ],
    ids=["a lost registry", "Ctrl-C"],
)
def test_it_ends_in_a_sentence_as_other_commands_do(
    error: BaseException, code: int, told: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def raising(*_: object) -> None:
        raise error

    monkeypatch.setattr(command, "reproduce", raising)
    assert command.main(["a" * 32]) == code
    assert told in capsys.readouterr().err
