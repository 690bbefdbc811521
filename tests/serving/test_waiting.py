"""What the crew has told and no night has taken in yet: seen by readers until a published night has landed it."""

from datetime import timedelta

import duckdb
import pytest
from fastapi.testclient import TestClient

from settings import Settings
from tests.serving.conftest import NOW, Ask
from tests.serving.served_kit import ODD, TOKEN, publish_all

WORDS = [("m2", "acknowledged", ""), (ODD, "false alarm", "cable <b>, loose")]


@pytest.fixture
def told(ask: Ask, own_home: Settings) -> list[str]:
    """The files of WORDS, given one minute after the other."""
    files = []
    for place, (machine, verdict, note) in enumerate(WORDS):
        word = {"machine": machine, "component": "comp1", "verdict": verdict, "note": note}
        word["at"] = (NOW + timedelta(minutes=place)).isoformat()
        answer = ask(settings=own_home, token=TOKEN).post(
            "/feedback", json=word, headers={"Idempotency-Key": f"key-000{place}"}
        )
        assert answer.status_code == 201, answer.text
        files.append(answer.json()["file"])
    return files


def waiting(client: TestClient, **asked: object) -> list[tuple[str, str, str]]:
    found = client.get("/feedback", params=asked).json()
    return [(one["machine_id"], one["verdict"], one["note"]) for one in found["items"]]


def test_a_word_is_told_until_a_published_night_has_landed_it(
    told: list[str], ask: Ask, own_home: Settings, two_nights: duckdb.DuckDBPyConnection
) -> None:
    client = ask(settings=own_home)
    assert waiting(client) == WORDS[::-1]
    assert waiting(client, machine=ODD) == [WORDS[1]]
    assert waiting(client, limit=1, offset=1) == [WORDS[0]]
    first = own_home.paths.drops / told[0]
    first.write_text(first.read_text().replace("acknowledged", " Acknow_Ledged"))
    assert waiting(client, machine="m2") == [WORDS[0]]
    with two_nights.cursor() as con:
        con.begin()
        con.execute("insert into landed_files values ('feedback', ?), ('errors', ?)", [told[0], told[1]])
        publish_all(own_home, con)
        con.rollback()
    assert waiting(ask(settings=own_home)) == [WORDS[1]]


def test_the_page_of_cases_tells_it_and_files_of_others_spoil_nothing(
    told: list[str], ask: Ask, own_home: Settings
) -> None:
    drops = own_home.paths.drops
    (drops / f"PdM_feedback_{'0' * 24}.csv").write_text("datetime,machineID,comp,verdict,note\nsoon,m2\n")
    (drops / f"PdM_feedback_{'1' * 24}.csv").write_bytes(b"\xff\xfe")
    (drops / "PdM_feedback_may.csv").write_text((drops / told[0]).read_text())
    client = ask(settings=own_home)
    page = client.get("/pages/cases", params={"machine": ODD}).text
    assert "Told since the last night" in page
    assert "false alarm: cable &lt;b&gt;, loose" in page
    assert "acknowledged" not in page
    assert "Told since the last night" not in client.get("/pages/cases", params={"machine": "m3"}).text
    assert len(waiting(client)) == 2


def test_nothing_is_told_by_a_copy_that_does_not_say_what_has_landed(
    told: list[str], own_home: Settings, ask: Ask, two_nights: duckdb.DuckDBPyConnection
) -> None:
    with two_nights.cursor() as con:
        con.begin()
        con.execute("drop table landed_files")
        publish_all(own_home, con)
        con.rollback()
    client = ask(settings=own_home)
    assert waiting(client) == []
    for name in told:
        (own_home.paths.drops / name).unlink()
    own_home.paths.drops.rmdir()
    assert client.get("/pages/cases").status_code == 200
