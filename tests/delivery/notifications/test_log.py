"""The log of notices: private, rotated without forgetting, whole after a kill and on a full disk."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery.notifications import log as log_of_notices
from delivery.notifications.notices import NEW_ALERTS
from delivery.notifications.outbox import Delivery, enter, logged, notify
from settings import ROOT, Settings
from tests.delivery.notifications.outbox_kit import NOW, Receiver, at_home, lines, notice
from warehouse.disk import DiskFull


def test_the_log_is_private(settings: Settings, tmp_path: Path) -> None:
    home = at_home(settings, tmp_path / "home")
    enter([notice()], home, NOW)
    log = home.paths.notification_log
    assert [oct(path.stat().st_mode & 0o777) for path in (log.parent, log)] == ["0o700", "0o600"]


@pytest.mark.parametrize("turns", [1, 6])
def test_the_log_is_rotated_and_forgets_nothing(
    settings: Settings, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """Ten years of nights: each told once, also when all are told again, in a file that has a bound."""
    monkeypatch.setattr(log_of_notices, "ROTATE_BYTES", 20_000)
    home, log = at_home(settings, tmp_path), at_home(settings, tmp_path).paths.notification_log
    nights = [f"night {number}" for number in range(100 * turns)]
    for number, key in enumerate(nights):
        assert enter([notice(key)], home, NOW + timedelta(days=number)) == 1
    assert enter([notice(key) for key in nights], home, NOW + timedelta(days=len(nights))) == 0
    assert log.stat().st_size < 20_000 + 300 * len(nights)
    older = sorted(path.name for path in log.parent.iterdir())
    assert older == [
        log.name,
        *(f"{log.name}.{number}" for number in range(1, min(turns, log_of_notices.KEPT_LOGS) + 1)),
    ]
    assert {oct(path.stat().st_mode & 0o777) for path in log.parent.iterdir()} == {"0o600"}
    young = [line["key"] for line in logged(home, NEW_ALERTS)]
    assert young == nights[-len(young) :]
    assert len(young) >= min(len(nights), log_of_notices.DATA_DAYS)


def test_what_is_due_is_delivered_over_a_rotation(
    settings: Settings, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, receiver.status = at_home(settings, tmp_path, receiver.url), 500
    notify([notice("k1"), notice("k2")], home, NOW)
    monkeypatch.setattr(log_of_notices, "ROTATE_BYTES", 1)
    notify([], home, NOW)
    assert (home.paths.notification_log.parent / "notifications.log.1").exists()
    receiver.status = 200
    assert notify([notice("k3")], home, NOW) == Delivery(1, 3, 0)
    assert notify([notice("k1"), notice("k3")], home, NOW) == Delivery(0, 0, 0)
    assert receiver.bodies[-2]["text"] == receiver.bodies[1]["text"].replace("k1", "k2")


def test_many_processes_over_many_rotations_tell_each_once(settings: Settings, tmp_path: Path) -> None:
    code = """
import sys
from datetime import datetime
from pathlib import Path
from delivery.notifications import log
from delivery.notifications.outbox import enter
from tests.delivery.notifications.outbox_kit import at_home, notice
from settings import load_settings
log.ROTATE_BYTES = 2000
home = at_home(load_settings(env={}), Path(sys.argv[1]))
print(sum(enter([notice(f"k{number}")], home, datetime(2025, 1, 1)) for number in range(60)))
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(process.communicate()[0]) for process in started) == 60
    assert len({line["key"] for line in lines(at_home(settings, tmp_path))}) == 60


def test_who_waits_over_a_rotation_writes_into_the_new_log(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, waiting, real = at_home(settings, tmp_path), threading.Event(), fcntl.flock
    enter([notice("k1")], home, NOW)

    def flock(file: Any, how: int) -> None:
        if threading.current_thread().name == "waits":
            waiting.set()
        real(file, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    other = threading.Thread(target=enter, args=([notice("k2")], home, NOW), name="waits")
    with log_of_notices.locked_log(home.paths.notification_log):
        other.start()
        assert waiting.wait(10)
        monkeypatch.setattr(log_of_notices, "ROTATE_BYTES", 1)
    monkeypatch.setattr(log_of_notices, "ROTATE_BYTES", 10**9)
    other.join(10)
    assert [line["key"] for line in logged(home, NEW_ALERTS)] == ["k1", "k2"]


@pytest.mark.parametrize("at", ["_shelve", "_memory"])
def test_a_rotation_that_is_cut_off_loses_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    home = at_home(settings, tmp_path)
    enter([notice("k1"), notice("k2")], home, NOW)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(log_of_notices, "ROTATE_BYTES", 1)
        patch.setattr(log_of_notices, at, killed)
        with pytest.raises(KeyboardInterrupt):
            enter([], home, NOW)
    assert enter([notice("k1"), notice("k2"), notice("k3")], home, NOW) == 1


def test_a_full_disk_is_a_sentence_and_is_posted_all_the_same(
    settings: Settings, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = at_home(settings, tmp_path, receiver.url)
    notify([notice("k1")], home, NOW)
    before, real, calls = home.paths.notification_log.read_text(), os.write, []

    def full(file: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) == 1:
            return real(file, data[:30])  # some of it still fits
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(DiskFull, match=r"notifications\.log: up to .* MB are needed"):
            notify([notice("k2")], home, NOW)
    assert home.paths.notification_log.read_text() == before
    assert [body["key"] for body in receiver.bodies] == ["k1", "k2"]
    assert notify([notice("k2")], home, NOW) == Delivery(1, 1, 0)
