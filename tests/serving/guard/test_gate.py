"""What is turned away before any route sees it, and what every answer carries."""

from collections.abc import Iterator

import pytest

from serving.guard.gate import host_name, is_loopback
from serving.headers import HEADERS
from settings import Settings
from tests.serving.conftest import Ask


def serving(home: Settings, **other: object) -> Settings:
    changed = home.workspace.serving.model_copy(update=other)
    return home.model_copy(update={"workspace": home.workspace.model_copy(update={"serving": changed})})


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.nip.io"])
def test_by_another_name_nothing_is_answered(ask: Ask, host: str) -> None:
    assert ask().get("/nights", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "Fleet.example:443"])
def test_by_its_own_names_it_is(ask: Ask, home: Settings, host: str) -> None:
    named = ask(settings=serving(home, hosts=("fleet.example",)))
    assert named.get("/nights", headers={"host": host}).status_code == 200


def test_open_to_all_it_is_asked_by_any_name(ask: Ask, home: Settings) -> None:
    everywhere = ask(settings=serving(home, host="0.0.0.0"))
    assert everywhere.get("/nights", headers={"host": "any.example"}).status_code == 200


def test_a_large_body_is_refused_declared_or_not(ask: Ask, home: Settings) -> None:
    client = ask(settings=serving(home, body_kilobytes=1, batch_megabytes=1))

    def chunks(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield b"x" * 1000

    json, lines = {"content-type": "application/json"}, {"content-type": "application/x-ndjson"}
    for address, count, headers in (("/predict", 2, json), ("/predict/batch", 1001, lines), ("/pages/sign-in", 2, {
            "content-type": "application/x-www-form-urlencoded"})):  # fmt: skip
        for content in (b"x" * 1000 * count, chunks(count)):
            answer = client.post(address, content=content, headers=headers)
            assert answer.status_code == 413, (address, answer.text)
            assert "larger than" in answer.text
    assert client.post("/predict/batch", content=chunks(900), headers=lines).status_code == 422


def test_who_asks_too_often_waits(ask: Ask, home: Settings) -> None:
    client = ask(settings=serving(home, requests_per_second=2))
    answers = [client.get("/health") for _ in range(8)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["title"] == "Too Many Requests"


def test_every_answer_carries_the_headers(ask: Ask) -> None:
    client = ask()
    for answer in (client.get("/nights"), client.get("/nothing"), client.get("/nights", headers={"host": "x"})):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_the_head_alone_is_that_of_the_whole(ask: Ask) -> None:
    """As watchdogs ask."""
    client = ask()
    for path in ("/health", "/predictions", "/pages/fleet", "/nothing"):
        head, whole = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert head.headers["content-type"] == whole.headers["content-type"]
    assert client.head("/predict").status_code == 405


@pytest.mark.parametrize(
    ("header", "name"), [("a.b:1", "a.b"), ("[::1]:1", "::1"), ("[::1]", "::1"), ("A", "a"), ("", "")]
)
def test_the_name_of_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name


def test_loopback_is_this_machine_alone() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1", "host")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
