"""What people read: it needs no script, filters and sorts by its address, and shows every text as text."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from settings import Settings
from tests.delivery.pages.html_kit import Page
from tests.serving.conftest import Ask
from tests.serving.served_kit import ODD, QUIET

ADDRESSES = ("/pages/fleet", f"/pages/machine?{urlencode({'id': ODD})}", "/pages/cases", "/pages/nights",
             "/pages/nights/2025-02-28", "/pages/programs", "/pages/sign-in")  # fmt: skip


def machines_of(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<bdi class="id" title="([^"]*)"', html)]


def links_of(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="([^"#]+)"', html)]


def test_the_fleet_is_there_by_risk(client: TestClient) -> None:
    html = client.get("/pages/fleet").text
    told = [one["machine_id"] for one in client.get("/predictions").json()["items"]]
    assert machines_of(html) == told
    assert "need a visit before 06:00 tomorrow" in html or "needs a visit before 06:00 tomorrow" in html


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "süd"}, [ODD]),
        ({"level": "silent"}, [QUIET]),
        ({"q": "m1", "sort": "machine", "dir": "turned"}, [f"m{n}" for n in range(19, 9, -1)]),
    ],
)
def test_the_fleet_is_filtered_and_sorted_by_its_address(
    client: TestClient, asked: dict[str, str], found: list[str]
) -> None:
    assert machines_of(client.get("/pages/fleet", params=asked).text) == found


def test_a_column_sorts_and_turns_round(client: TestClient) -> None:
    html = client.get("/pages/fleet").text
    [by_machine] = [link for link in links_of(html) if "sort=machine" in link]
    rising = client.get(by_machine).text
    assert 'aria-sort="ascending"' in rising
    [turned] = [link for link in links_of(rising) if "sort=machine" in link]
    assert machines_of(client.get(turned).text) == machines_of(rising)[::-1]


def test_a_machine_tells_its_story(client: TestClient) -> None:
    html = client.get("/pages/machine", params={"id": ODD}).text
    text = Page(html).text
    for told in ("Machine Presse 4/2 Süd <b>", "Cases, as they are known now", "error1", "comp2", "Night by night"):
        assert told in text
    assert client.get("/pages/machine", params={"id": "none"}).status_code == 404


def test_a_machine_of_a_long_name_is_looked_for(client: TestClient) -> None:
    name = "L" * 2_000
    for address, status in (("/pages/machine?id=", 404), ("/pages/cases?machine=", 200), ("/pages/fleet?q=", 200),
                            ("/predictions?machine=", 200), ("/machines/", 404)):  # fmt: skip
        assert client.get(f"{address}{name}").status_code == status, address


@pytest.mark.parametrize("day", ["0001-01-01", "2025-03-01", "9999-12-31"])
def test_a_night_that_never_was_is_told_so(client: TestClient, day: str) -> None:
    """The first and the last day of all calendars too, before and after which there are no weeks."""
    for address in (f"/pages/fleet?night={day}", f"/pages/machine?id=m2&night={day}", f"/pages/nights/{day}"):
        answer = client.get(address)
        assert (answer.status_code, f"No night of {day} is on record." in answer.text) == (404, True), address


def test_cases_and_nights_are_told_in_words(client: TestClient) -> None:
    cases = Page(client.get("/pages/cases").text).text
    assert "2 cases" in cases
    assert "it failed 2025-02-26 06:00, 20 h after the first alert" in cases
    assert "replaced: done <i>" in cases
    nights = Page(client.get("/pages/nights").text).text
    assert "3 nights, the latest first" in nights
    assert "0.80 (0.70 to 0.90)" in nights
    night = Page(client.get("/pages/nights/2025-02-28").text).text
    assert "One column drifted." in night


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_plain_and_whole(client: TestClient, address: str) -> None:
    answer = client.get(address)
    html = answer.text
    assert answer.status_code == 200
    assert "<script" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert '<html lang="en">' in html
    assert 'name="viewport"' in html
    assert "http://" not in re.sub(r"<pre>.*?</pre>", "", html, flags=re.DOTALL).replace("http://localhost", "")
    for field in re.findall(r'<(?:input|select|textarea)(?![^>]*type="(?:hidden|checkbox|radio)")[^>]*>', html):
        [name] = re.findall(r'id="([^"]+)"', field)
        assert f'for="{name}"' in html, field
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_link_leads_somewhere_behind_a_proxy_too(ask: Ask, address: str) -> None:
    for prefix in ("", "/night"):
        client = ask(prefix=prefix)
        for link in {*links_of(client.get(prefix + address).text)}:
            assert link.startswith(f"{prefix}/"), link
            assert client.get(link).status_code in (200, 307), link


def test_a_run_is_linked_where_dagster_has_an_address(ask: Ask, home: Settings) -> None:
    serving = home.workspace.serving.model_copy(update={"dagster_url": "http://dagster.example:3000/"})
    there = home.model_copy(update={"workspace": home.workspace.model_copy(update={"serving": serving})})
    link = "http://dagster.example:3000/assets/ml/prediction_log?view=partitions&amp;partition=2025-02-28"
    assert link in ask(settings=there).get("/pages/nights").text


def test_an_error_is_a_page_for_people(client: TestClient) -> None:
    answer = client.get("/pages/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert client.get("/", follow_redirects=True).status_code == 200
