"""Notices over a real local server: sent once, kept when it fails, never in the way, and silent about the address."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery.notifications.notices import NEW_ALERTS
from delivery.notifications.outbox import RETRY_DAYS, Delivery, deliver, enter, logged, notify
from delivery.notifications.webhook import check_address
from settings import Settings, SettingsError
from tests.delivery.notifications.outbox_kit import NOW, SECRET, Receiver, at_home, lines, notice


def test_off_by_default_nothing_is_sent_and_the_log_has_it(
    settings: Settings, tmp_path: Path, monkeypatch: Any
) -> None:
    assert settings.workspace.notifications.webhook_url == ""
    monkeypatch.setattr("delivery.notifications.outbox.post", lambda *_: pytest.fail("posted"))
    home = at_home(settings, tmp_path)
    assert notify([notice("k1"), notice("k2")], home, NOW) == Delivery(new=2, sent=0, waiting=0)
    assert notify([notice("k1")], home, NOW) == Delivery(new=0, sent=0, waiting=0)
    assert [(line["key"], line["delivery"]) for line in lines(home)] == [("k1", "off"), ("k2", "off")]
    assert lines(home)[0]["title"] == "Title of k1"


def test_the_payload(settings: Settings, tmp_path: Path, receiver: Receiver) -> None:
    assert notify([notice()], at_home(settings, tmp_path, receiver.url), NOW) == Delivery(1, 1, 0)
    [body], [head] = receiver.bodies, receiver.heads
    assert body == {
        "text": "Title of k1\nLine one.\nLine two.", "kind": "new_alerts", "key": "k1", "title": "Title of k1",
        "data": {"machines": ["1", "é\u2028"], "at": str(NOW)}, "at": NOW.isoformat(),
    }  # fmt: skip
    assert (head["path"], head["content-type"]) == (SECRET, "application/json")


def test_each_notice_is_sent_once(settings: Settings, tmp_path: Path, receiver: Receiver) -> None:
    home = at_home(settings, tmp_path, receiver.url)
    notify([notice("k1"), notice("k1")], home, NOW)
    assert notify([notice("k1"), notice("k2")], home, NOW) == Delivery(1, 1, 0)
    assert [body["key"] for body in receiver.bodies] == ["k1", "k2"]


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_refusal_is_told_and_tried_again(settings: Settings, tmp_path: Path, receiver: Receiver, status: int) -> None:
    home, receiver.status = at_home(settings, tmp_path, receiver.url), status
    delivery = notify([notice("k1"), notice("k2")], home, NOW)
    assert delivery == Delivery(2, 0, 2, f"the webhook answered {status}")
    assert [line.get("problem") for line in lines(home)][-1] == f"the webhook answered {status}"
    receiver.status = 200
    assert notify([notice("k3")], home, NOW) == Delivery(1, 3, 0)
    assert [body["key"] for body in receiver.bodies] == ["k1", "k2", "k1", "k2", "k3"]
    assert notify([], home, NOW) == Delivery(0, 0, 0)


def test_a_server_that_hangs_is_left_alone_after_the_timeout(
    settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.hang = threading.Event()
    home = at_home(settings, tmp_path, receiver.url, timeout=0.2)
    assert notify([notice("k1"), notice("k2")], home, NOW) == Delivery(
        2, 0, 2, "the webhook did not answer within 0.2 s"
    )
    assert len(receiver.bodies) == 1  # the second did not wait for the same silence
    receiver.hang.set()
    receiver.hang = None
    assert notify([], at_home(settings, tmp_path, receiver.url), NOW) == Delivery(0, 2, 0)


def test_nobody_listening(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = at_home(settings, tmp_path, f"http://127.0.0.1:{port}{SECRET}")
    assert notify([notice()], home, NOW).problem == "the webhook's host refused the connection"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "/elsewhere"])
def test_redirects_are_not_followed(
    settings: Settings, tmp_path: Path, receiver: Receiver, status: int, location: str
) -> None:
    receiver.status, receiver.location = status, location
    delivery = notify([notice()], at_home(settings, tmp_path, receiver.url), NOW)
    assert delivery.problem == f"the webhook answered {status}; set the address that it redirects to"
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://host/x", "hooks.example.org/x", "https:///x", "http://host:port/x", "http://[::1/x",
     "http://host/a b", "http://host/\r\nX: y", "javascript:alert(1)", "http://höst/x"],
)  # fmt: skip
def test_an_unusable_address_is_a_sentence_that_does_not_repeat_it(
    settings: Settings, tmp_path: Path, url: str
) -> None:
    with pytest.raises(SettingsError, match=r"^workspace.toml: `notifications.webhook_url`.*http:// or https://"):
        check_address(url)
    home = at_home(settings, tmp_path, url)
    delivery = notify([notice("k1"), notice("k2")], home, NOW)
    assert (delivery.sent, delivery.waiting) == (0, 2)
    assert "webhook_url" in delivery.problem
    assert url not in delivery.problem + home.paths.notification_log.read_text()


def test_the_address_is_in_no_log_whatever_is_told(settings: Settings, tmp_path: Path, receiver: Receiver) -> None:
    receiver.status = 500
    home = at_home(settings, tmp_path, receiver.url)
    delivery = notify([notice(text=f"cannot reach {receiver.url}")], home, NOW)
    assert SECRET not in delivery.problem + home.paths.notification_log.read_text()
    assert "cannot reach (the webhook)" in home.paths.notification_log.read_text()


def test_what_was_killed_before_its_delivery_was_written_is_sent_again(
    settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    home = at_home(settings, tmp_path, receiver.url)
    notify([notice("k1"), notice("k2")], home, NOW)
    log = home.paths.notification_log
    log.write_text(log.read_text()[:-20])  # the last line says that k2 was sent: cut it in half
    assert notify([notice("k3")], home, NOW) == Delivery(1, 2, 0)
    assert [body["key"] for body in receiver.bodies] == ["k1", "k2", "k2", "k3"]
    assert [line["key"] for line in logged(home, NEW_ALERTS)] == ["k1", "k2", "k3"]
    assert notify([notice("k2"), notice("k3")], home, NOW) == Delivery(0, 0, 0)


def test_old_news_is_not_tried_for_ever_and_none_is_sent_that_was_made_while_off(
    settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    off, on = at_home(settings, tmp_path), at_home(settings, tmp_path, receiver.url)
    notify([notice("off")], off, NOW)
    receiver.status = 500
    notify([notice("k1")], on, NOW)
    receiver.status = 200
    assert notify([notice("off"), notice("k1")], on, NOW + timedelta(days=RETRY_DAYS, seconds=1)) == Delivery(0, 0, 0)
    assert notify([], on, NOW + timedelta(days=RETRY_DAYS)) == Delivery(0, 1, 0)
    assert [body["key"] for body in receiver.bodies] == ["k1", "k1"]


def test_two_at_once_send_it_once(settings: Settings, tmp_path: Path, receiver: Receiver) -> None:
    home = at_home(settings, tmp_path, receiver.url)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: notify([notice()], home, NOW), range(16)))
    assert [body["key"] for body in receiver.bodies] == ["k1"]


def test_entered_first_and_posted_later(settings: Settings, tmp_path: Path, receiver: Receiver) -> None:
    home = at_home(settings, tmp_path, receiver.url)
    assert deliver(home, NOW) == Delivery(0, 0, 0)
    assert enter([notice("k1"), notice("k2"), notice("k1")], home, NOW) == 2
    assert receiver.bodies == []
    assert deliver(home, NOW) == Delivery(0, 2, 0)
    assert [body["key"] for body in receiver.bodies] == ["k1", "k2"]
    assert (enter([notice("k1")], home, NOW), deliver(home, NOW)) == (0, Delivery(0, 0, 0))


def test_a_receiver_that_takes_its_time_has_a_bound_over_all_notices(
    settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    home, receiver.status = at_home(settings, tmp_path, receiver.url, timeout=0.3), 500
    receiver.hang = Slow(0.2)
    delivery = notify([notice(f"k{number}") for number in range(40)], home, NOW)
    assert len(receiver.bodies) < 20
    assert delivery.waiting == 40


class Slow(threading.Event):
    """Hangs for so many seconds, whatever is asked."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(self.seconds)


def test_what_libraries_quote_of_the_address_is_in_no_log_either(settings: Settings, tmp_path: Path) -> None:
    home = at_home(settings, tmp_path, f"https://chat.example.org{SECRET}?token=12345678")
    text = f"HTTPSConnectionPool(host='chat.example.org', port=443): refused: {SECRET}?token=12345678"
    enter([notice("k1", text), notice("k2", f"POST {SECRET} failed")], home, NOW)
    assert SECRET not in home.paths.notification_log.read_text()
    assert "12345678" not in home.paths.notification_log.read_text()
