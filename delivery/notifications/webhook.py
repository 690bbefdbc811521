"""POST JSON to the webhook's address. The address is a secret: no message here ever contains it.

Not by Apprise, which sends notices to people (`delivery.notifications.services`): its JSON has a form of its own and
takes no data beside the text, and a program that gets ours is to find every fact of a notice in its own field.
"""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from delivery.notifications.undelivered import Undelivered, answered_with
from settings import SettingsError

UNUSABLE = (
    "workspace.toml: `notifications.webhook_url` (or NIGHTSHIFT_WEBHOOK, or the fleet's settings) is not an address "
    "that can be posted to; give one that begins with http:// or https:// and names a host, or leave it empty."
)


class _NoRedirects(HTTPRedirectHandler):
    """Follows none: a redirect may lead to another scheme or host, and turns POST into GET."""

    def redirect_request(self, *args: object, **rest: object) -> None:
        return None


def check_address(url: str) -> None:
    """Raise SettingsError where `url` is not plain http or https to a named host."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(letter.isspace() or not letter.isprintable() for letter in url):
        raise SettingsError(UNUSABLE)


def post(url: str, payload: Mapping[str, object], timeout: float) -> int:
    """POST `payload` as JSON and return the status, 200 to 299. Raises SettingsError, or Undelivered with a sentence.

    `timeout`, in seconds, bounds the whole call: looking up the name, connecting, sending, and an answer that comes
    byte by byte. Redirects are not followed.
    """
    check_address(url)
    body = json.dumps(payload, default=str).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "nightshift"}
    call = _Call(Request(url, body, headers, method="POST"), timeout)
    call.start()
    call.join(timeout)
    if call.is_alive():
        call.hang_up()
        raise Undelivered(_why(TimeoutError(), timeout))
    if call.error is not None:
        raise call.error
    return call.status


class _Call(threading.Thread):
    """The POST in a thread of its own: nothing else bounds a name server, or a host that answers byte by byte.

    A socket's own timeout bounds each wait only. As a daemon, a thread left behind keeps no process from ending.
    """

    def __init__(self, request: Request, timeout: float) -> None:
        super().__init__(name="webhook", daemon=True)
        self._request, self._timeout = request, timeout
        self._connections: list[http.client.HTTPConnection] = []
        self.status = 0
        self.error: Undelivered | None = None

    def run(self) -> None:
        try:
            opener = build_opener(_NoRedirects, _Remembering(self._connections))
            with opener.open(self._request, timeout=self._timeout) as answer:
                self.status = int(answer.status)
        except Exception as error:  # told by whoever waits; here it would only be printed, with the address
            self.error = _error_of(error, self._timeout)

    def hang_up(self) -> None:
        """Close what is open, so that the thread ends instead of listening on."""
        for connection in self._connections:
            with suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)


class _Remembering(HTTPSHandler, HTTPHandler):
    """Opens connections as urllib does, and remembers them, so that they can be closed from outside."""

    def __init__(self, connections: list[http.client.HTTPConnection]) -> None:
        super().__init__()
        self._made = connections

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self._open(http.client.HTTPConnection, req)

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        return self._open(http.client.HTTPSConnection, req)

    def _open(self, kind: type[http.client.HTTPConnection], req: Request) -> http.client.HTTPResponse:
        def remembered(host: str, **rest: Any) -> http.client.HTTPConnection:  # noqa: ANN401 - whatever urllib gives
            self._made.append(kind(host, **rest))
            return self._made[-1]

        return self.do_open(remembered, req)


def _error_of(error: Exception, timeout: float) -> Undelivered:
    if isinstance(error, HTTPError):
        error.close()
        return answered_with("the webhook", error.code)
    return Undelivered(_why(error.reason if isinstance(error, URLError) else error, timeout))


def _why(error: object, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"the webhook did not answer within {timeout:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "the webhook's host refused the connection"
    if isinstance(error, socket.gaierror):
        return "the webhook's host is not known"
    if isinstance(error, ssl.SSLError):
        return "the webhook's certificate was not accepted"
    # Only the name: the text of such an error may repeat the address.
    return f"the webhook could not be reached ({type(error).__name__})"
