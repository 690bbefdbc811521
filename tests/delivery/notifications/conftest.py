"""A webhook of our own for tests that post."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.delivery.notifications.outbox_kit import SECRET, Receiver


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
