"""People sign in and tell what they found, by forms that are ours."""

import csv
import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from serving.guard.access import Access
from settings import Settings
from tests.serving.conftest import Ask
from tests.serving.served_kit import ODD, READ_TOKEN, TOKEN

FORM = f"/pages/cases/word?machine={ODD.replace(' ', '+').replace('/', '%2F')}&component=comp1"


def fields_of(html: str) -> dict[str, str]:
    main = html[html.index("<main") :]
    found = [(re.findall(r' name="([^"]+)"', one), re.findall(r' value="([^"]*)"', one))
             for one in re.findall(r"<input[^>]*>", main)]  # fmt: skip
    return {name: unescape("".join(value)) for [name], value in found if name not in ("verdict", "token")}


def signed_in(client: TestClient, token: str = TOKEN, to: str = "/pages/cases") -> TestClient:
    fields = fields_of(client.get("/pages/sign-in", params={"to": to}).text)
    answer = client.post("/pages/sign-in", data={**fields, "token": token})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == to
    return client


def test_a_word_goes_from_the_form_to_the_drops(ask: Ask, own_home: Settings) -> None:
    client = ask(settings=own_home)
    assert "Tell what you found" not in client.get("/pages/cases").text
    to = client.get(FORM).headers["location"]
    assert to.startswith("/pages/sign-in?to=")
    signed_in(client)
    assert "Tell what you found" in client.get("/pages/cases").text
    fields = fields_of(client.get(FORM).text)
    assert fields["machine"] == ODD
    word = {**fields, "verdict": "replaced", "note": "seal, hose"}
    taken = client.post("/pages/cases/word", data=word)
    assert taken.status_code == 303
    assert "Thank you." in client.get(taken.headers["location"]).text
    client.post("/pages/cases/word", data=word)  # the button, pressed twice
    [file] = own_home.paths.drops.iterdir()
    with file.open(newline="") as lines:
        assert [*csv.reader(lines)][1] == ["2025-02-28 08:00:00", ODD, "comp1", "replaced", "seal, hose"]


def test_what_was_written_is_not_lost_where_it_is_not_taken(ask: Ask, home: Settings) -> None:
    client = signed_in(ask())
    word = {**fields_of(client.get(FORM).text), "verdict": "fine", "note": "a <long> note"}
    answer = client.post("/pages/cases/word", data=word)
    assert answer.status_code == 422
    assert "a &lt;long&gt; note" in answer.text
    assert "not one of acknowledged, false alarm, replaced" in answer.text
    assert [*home.paths.drops.iterdir()] == []


def test_a_form_that_is_not_ours_is_refused(ask: Ask, home: Settings) -> None:
    client, other = signed_in(ask()), signed_in(ask())
    fields = {**fields_of(client.get(FORM).text), "verdict": "replaced"}
    for mark in ("", "x", fields_of(other.get(FORM).text)["mark"]):
        assert client.post("/pages/cases/word", data={**fields, "mark": mark}).status_code == 403
    assert client.post("/pages/sign-out", data={"mark": ""}).status_code == 403
    assert client.post("/pages/cases/word", json=fields).status_code == 415
    assert [*home.paths.drops.iterdir()] == []


def test_a_cookie_alone_writes_nothing_for_programs(ask: Ask) -> None:
    client = signed_in(ask())
    word = {"machine": ODD, "component": "comp1", "verdict": "replaced"}
    assert client.post("/feedback", json=word, headers={"Idempotency-Key": "key-0010"}).status_code == 401


def test_a_session_ends(ask: Ask) -> None:
    client = signed_in(ask())
    mark = fields_of(client.get(FORM).text)["mark"]
    client.post("/pages/sign-out", data={"mark": mark})
    assert client.get(FORM).status_code == 303
    session = signed_in(ask()).cookies["nightshift_session"]
    right, until, sign = session.split(".")
    for forged in (f"{right}.{int(until) + 1}.{sign}", f"write.{until}", "write.9999999999.", "", "..", sign):
        assert ask().get(FORM, headers={"cookie": f"nightshift_session={forged}"}).status_code == 303, forged


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/pages/\\evil", "/pages//evil.example", "x"]
)
def test_signing_in_leads_to_no_other_site(ask: Ask, to: str) -> None:
    client = ask()
    fields = fields_of(client.get("/pages/sign-in", params={"to": to}).text)
    answer = client.post("/pages/sign-in", data={**fields, "token": TOKEN})
    assert answer.headers["location"] == "/pages/cases"


def test_a_wrong_token_is_told_so_and_tried_only_so_often(ask: Ask) -> None:
    client = ask()
    fields = fields_of(client.get("/pages/sign-in").text)
    answers = [client.post("/pages/sign-in", data={**fields, "token": f"guess {n}"}) for n in range(12)]
    assert answers[0].status_code == 401
    assert "That is not the token." in answers[0].text
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_pages_ask_for_a_token_where_reading_does(ask: Ask) -> None:
    client = ask(access=Access(TOKEN, READ_TOKEN))
    asked = client.get("/pages/nights")
    assert (asked.status_code, asked.headers["location"]) == (303, "/pages/sign-in?to=%2Fpages%2Fnights%3F")
    signed_in(client, READ_TOKEN, "/pages/nights")
    assert client.get("/pages/nights").status_code == 200
    assert client.get(FORM).status_code == 303  # reading is not writing


def test_cookies_are_for_this_site_and_no_script(ask: Ask) -> None:
    client = ask(prefix="/night")
    told = client.get("/night/pages/sign-in").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/night/"} <= {part.strip() for part in told.split(";")}
