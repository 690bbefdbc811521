"""The outermost part of the application: it turns away what no route should see, and adds headers to every answer."""

import math
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.guard.rates import Rate
from serving.headers import HEADERS
from serving.problems import problem_of
from settings import ServingSettings

BATCH = "/predict/batch"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class Gate:
    """Hosts by name, requests a second of each client, the declared size of a body, and headers."""

    def __init__(self, app: ASGIApp, settings: ServingSettings) -> None:
        self.app = app
        self.hosts = _names(settings)
        self.rate = Rate(settings.requests_per_second, 2 * settings.requests_per_second)
        self.body_bytes, self.batch_bytes = 1_000 * settings.body_kilobytes, 1_000_000 * settings.batch_megabytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        asks_for_head = scope["method"] == "HEAD"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            elif asks_for_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        refused = self._refused(scope)
        if refused is None:
            # Watchdogs ask for the head alone, which is that of what GET would give.
            await self.app({**scope, "method": "GET"} if asks_for_head else scope, receive, send_with_headers)
            return
        status, detail, more = refused
        response = problem_of(status, detail, scope["path"])
        response.headers.update(more)
        await response(scope, receive, send_with_headers)

    def _refused(self, scope: Scope) -> tuple[int, str, dict[str, str]] | None:
        headers = Headers(scope=scope)
        if self.hosts and host_name(headers.get("host", "")) not in self.hosts:
            return 421, "This server is not asked by that name: add it to serving.hosts in workspace.toml.", {}
        wait = self.rate.wait(client_of(scope))
        if wait:
            seconds = str(math.ceil(wait))
            return 429, f"Too many requests at once: ask again in {seconds} s.", {"retry-after": seconds}
        declared = headers.get("content-length", "0")
        most = self.batch_bytes if scope["path"].endswith(BATCH) else self.body_bytes
        if not declared.isdecimal() or int(declared) > most:
            return 413, f"The body is larger than the {most:,} bytes that are taken here: send it in parts.", {}
        return None


def client_of(scope: Scope) -> str:
    """Who asks: an address, the client's own where a trusted proxy says it."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def host_name(header: str) -> str:
    """The name of a Host header, without its port and its brackets."""
    name = header.rpartition("]")[0].removeprefix("[") if header.startswith("[") else header.partition(":")[0]
    return name.lower()


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _names(settings: ServingSettings) -> frozenset[str]:
    """The names that are answered; none at all means every name.

    A page elsewhere could have a name of its own lead to this machine, and read what its browser reaches.
    """
    if not settings.hosts and not is_loopback(settings.host):
        return frozenset()
    return frozenset({*map(str.lower, settings.hosts), *LOOPBACK_NAMES, settings.host.lower()})
