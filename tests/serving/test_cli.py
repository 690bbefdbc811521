"""`make serve`: where it listens, and what it says first."""

import os
import socket
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
        ("NIGHTSHIFT_SERVE_PORT", "high", "NIGHTSHIFT_SERVE_PORT: `serving.port` = 'high'"),
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


def test_a_port_that_is_taken_is_told_before_pages_are_promised(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(monkeypatch, "--port", str(port)) == 1
    said = capsys.readouterr()
    assert f"127.0.0.1, port {port} (Address already in use): name another by" in said.err
    assert "Pages at" not in said.out
    assert not started


@pytest.mark.parametrize("workers", ["0", "-1", "33", "many"])
def test_a_number_of_processes_that_helps_nobody_is_refused(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, "--workers", workers)
    assert not started
