"""Notices over real servers on loopback, each in the form that people see there, and the bounds that hold for all."""

import email
import email.policy
import socket
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from delivery.notifications.apprise_call import call
from delivery.notifications.services import send
from delivery.notifications.undelivered import Undelivered
from settings import SettingsError
from tests.delivery.notifications.hosts import TlsHost, tls_host
from tests.delivery.notifications.outbox_kit import SECRET, Receiver
from tests.delivery.notifications.test_webhook import dripping, host

TITLE = "2 new alerts on 2025-12-31, to visit before 06:00 tomorrow"
LINK = "https://pages.example.org/machines/64"
BODY = f"- machine 64: 71 %, comp2. Replace comp2 within 24 h. The case: [{LINK}]({LINK})\n- machine 7: 60 %, comp1."
TIMEOUT = 5.0


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsHost]:
    """A host over TLS that our process trusts, and that every name leads to."""
    with tls_host(tmp_path) as found:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(found.authority))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{found.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        yield found


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class Mailbox:
    """An SMTP server's memory."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        read = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos, read))
        return "250 taken"


def test_an_email(unused_port: int) -> None:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=unused_port)
    controller.start()
    try:
        address = f"mailto://127.0.0.1:{unused_port}?mode=insecure&from=nights@example.org&to=crew@example.org"
        send("mailto-1", address, TITLE, BODY, TIMEOUT)
    finally:
        controller.stop()
    [(recipients, mail)] = mailbox.mails
    assert recipients == ["crew@example.org"]
    assert mail["Subject"] == TITLE
    html = mail.get_body(("html",))
    assert html is not None
    assert f'<a href="{LINK}">{LINK}</a>' in html.get_content()
    assert html.get_content().count("<li>") == 2
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert LINK in plain.get_content()


def test_slack(secure: TlsHost) -> None:
    address = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#crew"
    assert call(address, TITLE, BODY, TIMEOUT)["sent"] is True
    [(path, body)] = secure.requests
    assert path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert body["channel"] == "#crew"
    [attachment] = body["attachments"]
    assert attachment["title"] == TITLE
    assert f"<{LINK}|{LINK}>" in attachment["text"]
    assert "machine 64: 71 %" in attachment["text"]


def test_teams_gets_an_adaptive_card(secure: TlsHost) -> None:
    address = f"workflows://127.0.0.1:{secure.port}/workflow1/signature1"
    assert call(address, TITLE, BODY, TIMEOUT)["sent"] is True
    [(path, body)] = secure.requests
    assert path.startswith("/workflows/workflow1/triggers/manual/paths/invoke?")
    [attachment] = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (body["type"], card["type"]) == ("message", "AdaptiveCard")
    assert [part["type"] for part in card["body"]] == ["TextBlock", "TextBlock"]  # and no picture from elsewhere
    assert card["body"][0]["text"] == TITLE
    assert f"[{LINK}]({LINK})" in card["body"][1]["text"]


def test_a_certificate_that_nobody_vouches_for_is_refused_whatever_the_address_says(
    secure: TlsHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    done = call(f"jsons://127.0.0.1:{secure.port}/{SECRET}?verify=no", TITLE, BODY, TIMEOUT)
    assert done == {"sent": False, "timed_out": False, "code": None}
    assert secure.requests == []


def test_redirects_are_not_followed_whatever_the_address_says(receiver: Receiver) -> None:
    receiver.status, receiver.location = 302, "/elsewhere"
    address = receiver.url.replace("http://", "json://") + "?redirect=yes"
    with pytest.raises(Undelivered, match=r"^json-1 answered 302; set the address that it redirects to$") as told:
        send("json-1", address, TITLE, BODY, TIMEOUT)
    assert told.value.answered
    assert len(receiver.heads) == 1


def test_the_whole_call_is_bounded_however_a_host_drips() -> None:
    with host(dripping(b"HTTP/1.1 200 OK\r\nX-More: a\r\n")) as url:
        began = time.monotonic()
        with pytest.raises(Undelivered, match=r"^json-1 did not answer within 0.5 s$") as told:
            send("json-1", url.replace("http://", "json://"), TITLE, BODY, 0.5)
        assert not told.value.answered
        assert time.monotonic() - began < 10  # 8 s is what it would drip for, and Apprise must be loaded


def test_an_address_that_apprise_does_not_know_is_a_sentence_that_does_not_repeat_it() -> None:
    with pytest.raises(SettingsError, match=r"^workspace.toml: an address of `notifications.services`") as told:
        send("x-1", "slack://too/short", TITLE, BODY, TIMEOUT)
    assert "begins with slack://" in str(told.value)
    assert "too/short" not in str(told.value)
    assert call("nosuch://host/very-secret-token1", TITLE, BODY, TIMEOUT) == {"known": False}
