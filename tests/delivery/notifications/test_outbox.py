"""Notices over a real local server: sent once, kept when it fails, never in the way, and silent about the address."""

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from delivery.notifications import log as log_of_notices
from delivery.notifications.notices import NEW_ALERTS, Notice
from delivery.notifications.outbox import RETRY_DAYS, Delivery, deliver, enter, logged, notify
from delivery.notifications.undelivered import Undelivered
from delivery.notifications.webhook import check_address
from settings import ROOT, Settings, SettingsError
from steps.notify import tell_of_nights, tell_of_promotions
from warehouse.disk import DiskFull

NOW = datetime(2025, 3, 2, 6, 30)
SECRET = "/hooks/T0/very-secret"


@dataclass
class Receiver:
    """A webhook on 127.0.0.1 that remembers what it got and answers `status`; `hang` is held shut while it hangs."""

    url: str = ""
    status: int = 200
    location: str = ""
    hang: threading.Event | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.heads.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            got.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if got.hang:
                got.hang.wait(30)
            self.send_response(got.status)
            if got.location:
                self.send_header("Location", got.location)
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        got.url = f"http://127.0.0.1:{server.server_address[1]}{SECRET}"
        yield got
        if got.hang:
            got.hang.set()
        server.shutdown()
        thread.join()


def at_home(settings: Settings, home: Path, url: str = "", timeout: float = 5) -> Settings:
    workspace = settings.workspace
    notifications = workspace.notifications.model_copy(update={"webhook_url": url, "timeout_seconds": timeout})
    paths = workspace.paths.model_copy(update={"home": home})
    workspace = workspace.model_copy(update={"notifications": notifications, "paths": paths})
    return settings.model_copy(update={"workspace": workspace})


def notice(key: str = "k1", text: str = "Line one.\nLine two.") -> Notice:
    return Notice("new_alerts", key, f"Title of {key}", text, {"machines": ["1", "é\u2028"], "at": NOW})


def lines(settings: Settings) -> list[dict[str, Any]]:
    return [json.loads(line) for line in settings.paths.notification_log.read_text().splitlines()]


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
from tests.delivery.notifications.test_outbox import at_home, notice
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


@pytest.fixture
def fleet(settings: Settings, tmp_path: Path) -> Settings:
    """A home whose warehouse holds three nights: machine 1 alerts on all, 2 from the second on, 3 on the last."""
    home = at_home(settings, tmp_path)
    rows = [
        {"machine_id": str(machine), "as_of": datetime(2025, 3, day, 6), "alert": day >= machine,
         "failure_probability": 0.5, "predicted_component": "comp1", "recommended_action": "Inspect comp1"}
        for day in (1, 2, 3) for machine in (1, 2, 3)
    ]  # fmt: skip
    write(home, "nightly_answers", pd.DataFrame(rows))
    return home


def write(home: Settings, table: str, rows: pd.DataFrame) -> None:
    with duckdb.connect(str(home.paths.warehouse)) as con:
        con.register("rows_to_put", rows)
        con.execute("create schema if not exists ml")
        con.execute(f"create or replace table {table} as select * from rows_to_put")


def told(home: Settings) -> list[list[str]]:
    return [[alert["machine"] for alert in line["data"]["alerts"]] for line in logged(home, NEW_ALERTS)]


def night(day: int) -> datetime:
    return datetime(2025, 3, day, 6)


def test_a_night_tells_its_new_alerts_and_a_rerun_nothing(fleet: Settings) -> None:
    tell_of_nights(fleet, [night(3)])
    tell_of_nights(fleet, [night(3)])
    assert told(fleet) == [["3"]]


def test_a_run_over_several_nights_tells_the_last_and_only_what_is_not_told_yet(fleet: Settings) -> None:
    tell_of_nights(fleet, [night(3)])
    tell_of_nights(fleet, [night(2), night(3)])
    assert told(fleet) == [["3"], ["2"]]
    tell_of_nights(fleet, [night(1), night(2), night(3)])
    tell_of_nights(fleet, [night(1), night(2), night(3)])
    assert told(fleet) == [["3"], ["2"], ["1"]]


def test_a_night_of_long_ago_is_no_news(fleet: Settings) -> None:
    assert tell_of_nights(fleet, [night(1), night(2)]) == Delivery(0, 0, 0)


def test_an_unscored_night_is_told_instead_of_alerts(fleet: Settings) -> None:
    nights = pd.DataFrame({"as_of": [night(3), night(4)], "status": ["scored", "not scored"], "note": ["", "No feed."]})
    write(fleet, "ml.nights", nights)
    assert tell_of_nights(fleet, [night(3)]) == Delivery(0, 0, 0)  # night 4 is newer
    tell_of_nights(fleet, [night(4)])
    answers = pd.DataFrame({"machine_id": ["1", "3", "4"], "as_of": night(5), "alert": True, "failure_probability": 0.5,
                            "predicted_component": "comp1", "recommended_action": "Inspect comp1"})  # fmt: skip
    [line] = logged(fleet, "night_not_scored")
    assert line["text"].startswith("No feed.")
    assert told(fleet) == []
    silent = answers.assign(as_of=night(4), alert=False, failure_probability=None)
    with duckdb.connect(str(fleet.paths.warehouse)) as con:
        for rows in (silent, answers):
            con.register("rows_to_put", rows)
            con.execute("insert into nightly_answers by name select * from rows_to_put")
    tell_of_nights(fleet, [night(5)])
    assert told(fleet) == [["4"]]  # 1 and 3 stood already on the last night that was scored


def test_promotions_are_told_at_the_end_of_either_job(fleet: Settings) -> None:
    assert tell_of_promotions(fleet) == Delivery(0, 0, 0)
    row = {"model_version": "1", "decided_at": "2025-01-01", "promoted": True, "reason": "It is the first.",
           "replaced": None, "trusted": True, "rolled_back_at": None}  # fmt: skip
    write(fleet, "ml.promotions", pd.DataFrame([row]))
    assert tell_of_promotions(fleet) == Delivery(1, 0, 0)
    assert tell_of_nights(fleet, [night(1)]) == Delivery(0, 0, 0)
    write(fleet, "ml.promotions", pd.DataFrame([row | {"rolled_back_at": "2025-02-01", "replaced": "0"}]))
    assert tell_of_nights(fleet, [night(1)]) == Delivery(1, 0, 0)


@dataclass
class Services:
    """Services that remember what they got; those in `down` take nothing."""

    got: list[tuple[str, str]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)

    def send(self, name: str, _address: str, title: str, _body: str, _timeout: float) -> None:
        scheme = name.partition("-")[0]
        if scheme in self.down:
            raise Undelivered(f"{name} did not answer within 5 s")
        self.got.append((scheme, title.removeprefix("Title of ")))


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    made = Services()
    monkeypatch.setattr("delivery.notifications.outbox.send", made.send)
    return made


def to_services(home: Settings, *addresses: str) -> Settings:
    told = home.workspace.notifications.model_copy(update={"services": addresses})
    return home.model_copy(update={"workspace": home.workspace.model_copy(update={"notifications": told})})


def test_each_receiver_gets_each_notice_once_whatever_becomes_of_the_others(
    settings: Settings, tmp_path: Path, receiver: Receiver, services: Services
) -> None:
    home = to_services(at_home(settings, tmp_path, receiver.url), "slack://a", "mailtos://b")
    services.down, receiver.status = {"slack"}, 500
    delivery = notify([notice("k1")], home, NOW)
    assert (delivery.new, delivery.sent, delivery.waiting) == (1, 1, 2)
    assert delivery.problem.startswith("slack-")
    receiver.status = 200
    assert notify([notice("k1"), notice("k2")], home, NOW).sent == 3  # k1 to the webhook alone, k2 to two
    services.down = set()
    assert notify([], home, NOW) == Delivery(0, 2, 0)
    assert notify([notice("k1"), notice("k2")], home, NOW) == Delivery(0, 0, 0)
    assert services.got == [("mailtos", "k1"), ("mailtos", "k2"), ("slack", "k1"), ("slack", "k2")]
    assert [body["key"] for body in receiver.bodies] == ["k1", "k1", "k2"]


def test_a_receiver_that_is_set_later_gets_nothing_from_before(
    settings: Settings, tmp_path: Path, services: Services
) -> None:
    home = to_services(at_home(settings, tmp_path), "slack://a")
    services.down = {"slack"}
    notify([notice("k1")], home, NOW)
    services.down = set()
    assert notify([], to_services(home, "mailtos://b"), NOW) == Delivery(0, 0, 0)
    assert notify([], to_services(home, "mailtos://b", "slack://a"), NOW) == Delivery(0, 1, 0)


def test_a_rotation_remembers_who_has_got_what(
    settings: Settings, tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = to_services(at_home(settings, tmp_path), "slack://a", "mailtos://b")
    services.down = {"slack"}
    notify([notice("k1"), notice("k2")], home, NOW)
    monkeypatch.setattr(log_of_notices, "ROTATE_BYTES", 1)
    notify([], home, NOW)
    assert (home.paths.notification_log.parent / "notifications.log.1").exists()
    services.down = set()
    assert notify([notice("k1")], home, NOW) == Delivery(0, 2, 0)
    assert notify([notice("k1"), notice("k2")], home, NOW) == Delivery(0, 0, 0)
    assert services.got == [("mailtos", "k1"), ("mailtos", "k2"), ("slack", "k1"), ("slack", "k2")]


def test_a_log_from_before_services_goes_on(settings: Settings, tmp_path: Path, receiver: Receiver) -> None:
    """Lines that do not say to whom were the webhook's."""
    home = at_home(settings, tmp_path, receiver.url)
    told: dict[str, Any] = {"at": NOW.isoformat(), "kind": "promotion", "title": "T", "text": "x", "data": {}}
    old = [{**told, "key": key, "delivery": "due"} for key in ("k1", "k2", "k3")]
    old += [{"at": NOW.isoformat(), "key": "k1", "delivery": "sent"},
            {"at": NOW.isoformat(), "key": "k2", "delivery": "failed", "problem": "slow"},
            {**told, "key": "k4", "delivery": "failed", "remembered": True},
            {**told, "key": "k5", "delivery": "off"}]  # fmt: skip
    home.paths.notification_log.parent.mkdir(parents=True)
    home.paths.notification_log.write_text("".join(json.dumps(line) + "\n" for line in old))
    assert notify([], home, NOW) == Delivery(0, 3, 0)
    assert [body["key"] for body in receiver.bodies] == ["k2", "k3", "k4"]


def test_the_address_of_a_service_is_in_no_log(settings: Settings, tmp_path: Path, services: Services) -> None:
    token = "TIiajkdnlazkcOXrIdevi7FQ"
    home = to_services(at_home(settings, tmp_path), f"slack://T1JJ3T3L2/A1BRTD4JD/{token}/#crew")
    services.down = {"slack"}
    notify([notice("k1", f"POST /services/T1/{token} failed"), notice("k2", "the crew")], home, NOW)
    text = home.paths.notification_log.read_text()
    assert token not in text
    assert "POST /services/T1/(the address) failed" in text
    assert "the crew" in text
