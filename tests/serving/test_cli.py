"""`make serve`: where it listens, and what it says first."""

import os
from typing import Any

import pytest
import uvicorn

from serving.__main__ import APPLICATION, HOST, PORT, main


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What uvicorn is asked for; nothing is served, and the environment and the folder are as before afterwards."""
    told: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **given: told.update(given, app=app))
    for name in (HOST, PORT):
        monkeypatch.setenv(name, "")  # and is put back
    monkeypatch.setattr(os, "chdir", lambda _: None)
    return told


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["serving", *words])
    return main()


def test_it_is_for_this_machine_alone(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--port", "8123") == 0
    assert (started["app"], started["host"], started["port"]) == (APPLICATION, "127.0.0.1", 8123)
    said = capsys.readouterr()
    assert "Pages at http://127.0.0.1:8123/" in said.out
    assert "Feedback is off: set NIGHTSHIFT_SERVE_TOKEN" in said.err


def test_it_warns_where_all_may_read(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--host", "0.0.0.0") == 0
    assert started["host"] == "0.0.0.0"
    assert "set NIGHTSHIFT_SERVE_READ_TOKEN" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("NIGHTSHIFT_SERVE_TOKEN", "short", "NIGHTSHIFT_SERVE_TOKEN must be at least 16 characters"),
        ("NIGHTSHIFT_SERVE_PORT", "high", "`serving.port` = 'high'"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(
    started: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    told: str,
) -> None:
    monkeypatch.setenv(name, value)
    assert run(monkeypatch) == 1
    assert told in capsys.readouterr().err
    assert not started
