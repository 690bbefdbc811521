"""Several receivers: each gets each notice once, whatever becomes of the others."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from delivery.notifications import log as log_of_notices
from delivery.notifications.outbox import Delivery, notify
from delivery.notifications.undelivered import Undelivered
from settings import Settings
from tests.delivery.notifications.outbox_kit import NOW, Receiver, at_home, notice


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
