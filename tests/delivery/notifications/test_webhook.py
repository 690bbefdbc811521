"""The bound on a call holds however a host spends it: silent, dripping, not reading, or not found."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from delivery.notifications.undelivered import Undelivered
from delivery.notifications.webhook import post

TIMEOUT = 0.4
LATE = 3.0  # far above the bound, far below what the hosts here would take
PAYLOAD = {"text": "x" * 20_000_000}


@contextmanager
def host(serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A host on 127.0.0.1 that hands each connection to `serve`, which ends when the event is set."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while not over.is_set():
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        serve(connection, over)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hooks/secret"
        over.set()
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def dripping(answer: bytes) -> Callable[[socket.socket, threading.Event], None]:
    def serve(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        for letter in answer * 200:
            if over.wait(0.05):
                return
            connection.sendall(bytes([letter]))

    return serve


def deaf(connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def took(url: str, payload: dict[str, str] | None = None) -> float:
    began = time.monotonic()
    with pytest.raises(Undelivered, match=rf"^the webhook did not answer within {TIMEOUT:g} s$") as told:
        post(url, payload or {"text": "x"}, TIMEOUT)
    assert not told.value.answered
    return time.monotonic() - began


@pytest.mark.parametrize(
    "serve",
    [dripping(b"H"), dripping(b"HTTP/1.1 200 OK\r\nX-More: a\r\n"), dripping(b"HTTP/1.1 100 Continue\r\n\r\n"), deaf],
    ids=["status line", "headers", "never the answer itself", "silence"],
)
def test_the_whole_call_is_bounded(serve: Callable[[socket.socket, threading.Event], None]) -> None:
    with host(serve) as url:
        assert TIMEOUT <= took(url) < LATE


def test_a_host_that_does_not_read_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with host(deaf) as url:
        assert took(url, PAYLOAD) < LATE


def test_a_body_that_drips_is_not_waited_for() -> None:
    def serve(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        over.wait(30)

    with host(serve) as url:
        began = time.monotonic()
        assert post(url, {"text": "x"}, TIMEOUT) == 200
        assert time.monotonic() - began < LATE


def test_a_name_server_that_is_silent_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def silent(*_: object, **__: object) -> list[object]:
        over.wait(30)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    assert took("http://hooks.example.org/secret") < LATE
    over.set()


def test_what_hung_up_leaves_no_thread_behind() -> None:
    with host(dripping(b"HTTP/1.1 200 OK\r\nX-More: a\r\n")) as url:
        took(url)
        deadline = time.monotonic() + LATE
        while any(thread.name == "webhook" for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
