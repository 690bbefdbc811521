"""POST JSON to the webhook's address. The address is a secret: no message here ever contains it."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from settings import SettingsError

UNUSABLE = (
    "workspace.toml: `notifications.webhook_url` (or NIGHTSHIFT_WEBHOOK) is not an address that can be posted to; give "
    "one that begins with http:// or https:// and names a host, or leave it empty."
)


class WebhookError(RuntimeError):
    """A notice that was not delivered; `answered` where the server answered with an error."""

    def __init__(self, message: str, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


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
    """POST `payload` as JSON and return the status, 200 to 299. Raises SettingsError, or WebhookError with a sentence.

    `timeout`, in seconds, bounds connecting and every wait for a part of the answer. Redirects are not followed.
    """
    check_address(url)
    body = json.dumps(payload, default=str).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "nightshift"}
    try:
        with build_opener(_NoRedirects).open(Request(url, body, headers, method="POST"), timeout=timeout) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        more = "; set the address that it redirects to" if 300 <= error.code < 400 else ""
        raise WebhookError(f"the webhook answered {error.code}{more}", answered=True) from None
    except URLError as error:
        raise WebhookError(_why(error.reason, timeout)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise WebhookError(_why(error, timeout)) from None


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
