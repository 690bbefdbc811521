"""What programs read: typed, in parts, and as the tables have it."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from delivery.metrics.exposition import CONTENT_TYPE
from delivery.metrics.textfile import fleet_label, textfile_name, write_textfile
from serving.guard.access import Access
from settings import Settings
from tests.serving.conftest import NOW, Ask
from tests.serving.served_kit import NIGHTS, ODD, QUIET, READ_TOKEN, TOKEN, home_of


def test_the_last_night_is_told_by_falling_risk(client: TestClient) -> None:
    told = client.get("/predictions").json()
    risks = [one["failure_probability"] for one in told["items"]]
    known = [risk for risk in risks if risk is not None]
    assert told["total"] == len(risks) == 30
    assert known == sorted(known, reverse=True)
    assert {one["as_of"] for one in told["items"]} == {NIGHTS[-1].isoformat()}
    [quiet] = [one for one in told["items"] if one["machine_id"] == QUIET]
    assert (quiet["risk_level"], quiet["failure_probability"]) == ("silent", None)
    assert all(reason["words"] for one in told["items"] for reason in one["reasons"])
    assert any(one["reasons"] for one in told["items"])


def test_parts_of_a_list_make_the_whole(client: TestClient) -> None:
    whole = [one["machine_id"] for one in client.get("/predictions").json()["items"]]
    parts, following = [], "/predictions?limit=7&night=2025-02-28"
    while following:
        told = client.get(following).json()
        parts += [one["machine_id"] for one in told["items"]]
        following = told["next"]
    assert parts == whole


def test_a_machine_is_told_night_by_night(client: TestClient) -> None:
    told = client.get("/predictions", params={"machine": ODD}).json()
    assert [one["as_of"] for one in told["items"]] == [night.isoformat() for night in reversed(NIGHTS)]
    one = client.get("/predictions", params={"machine": ODD, "night": "2025-02-26"}).json()
    assert [row["as_of"] for row in one["items"]] == [NIGHTS[0].isoformat()]


def test_a_machines_story_is_found_whatever_its_id_holds(client: TestClient) -> None:
    for address in (quote(ODD, safe=""), quote(ODD)):
        story = client.get(f"/machines/{address}").json()
        assert story["machine_id"] == ODD
        assert (len(story["nights"]), len(story["cases"])) == (3, 1)
        assert [(one["kind"], one["subject"]) for one in story["events"]] == [("error", "error1"), ("failure", "comp2")]


def test_cases_since_a_moment_are_those_that_have_changed(client: TestClient) -> None:
    def told(**asked: object) -> list[str]:
        return [one["machine_id"] for one in client.get("/cases", params=asked).json()["items"]]

    assert told() == [ODD, "m2"]
    assert told(since="2025-02-26T05:00:00") == [ODD, "m2"]  # the second was closed after it
    assert told(since="2025-02-26T09:00:00+01:00") == [ODD]
    assert told(open=True) == [ODD]
    assert told(machine="m2") == ["m2"]


def test_nights_are_told_with_their_drift(client: TestClient) -> None:
    [last, *others] = client.get("/nights").json()["items"]
    assert (last["status"], last["drifted"], last["quality"]) == ("scored", True, 0.8)
    assert {one["drifted"] for one in others} == {None}


def test_the_model_is_told_with_its_gate(client: TestClient) -> None:
    told = client.get("/model").json()
    assert (told["version"], told["words"], told["gate"]["reason"]) == ("1", ["model"], "It is the first.")
    assert told["gate"]["figures"]["challenger"] == {"average_precision": 0.9, "cost": None}
    assert "volt_mean_24h" in told["features"]


def test_health_says_until_when(ask: Ask) -> None:
    well = ask().get("/health")
    assert (well.status_code, well.json()["status"]) == (200, "ok")
    assert well.json()["data_until"] == NIGHTS[-1].isoformat()
    late = ask(now=NOW + timedelta(days=2)).get("/health")
    assert late.status_code == 503
    assert late.json()["status"] == "stale: the last night scored is that of 2025-02-28 06:00, 50 h ago"


def test_before_the_first_night_everything_says_what_to_do(ask: Ask, settings: Settings, tmp_path: object) -> None:
    client = ask(settings=home_of(settings, tmp_path))  # type: ignore[arg-type]
    assert client.get("/health").status_code == 503
    for path in ("/predictions", "/cases", "/nights", "/machines/1", "/pages/fleet"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "make run" in answer.text
    assert "make train" in client.get("/model").json()["detail"]
    assert "make train" in client.post("/predict", json={"machine": "1"}).json()["detail"]


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/predictions?night=yesterday", 422, "night: Input should be a valid date"),
        ("/cases?since=0001-01-01T00:00:00%2B14:00", 422, "since: it is beyond the calendar in UTC"),
        ("/predictions?limit=0", 422, "limit: Input should be greater than or equal to 1"),
        ("/machines/none", 404, "There is no machine 'none' on record."),
        ("/nothing", 404, "There is nothing at /nothing"),
    ],
)
def test_an_error_is_a_problem_in_a_sentence(client: TestClient, path: str, status: int, detail: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told = answer.json()
    assert told["status"] == status
    assert told["detail"].startswith(detail)
    assert told["instance"] == path.partition("?")[0]


@pytest.mark.parametrize("injected", ["'; drop table predictions; --", "' or true or '", "$1", "%", '"', "\x00"])
def test_no_text_is_ever_sql(client: TestClient, injected: str) -> None:
    assert client.get("/predictions", params={"machine": injected}).json()["total"] == 0
    assert client.get("/cases", params={"machine": injected}).json()["total"] == 0
    for name in ("q", "level", "component", "kind"):
        page = client.get("/pages/fleet", params={name: injected, "sort": injected, "dir": injected})
        assert (page.status_code, "No machine is like that" in page.text) == (200, True), name
    assert client.get("/predictions").json()["total"] == 30


def test_reading_asks_for_a_token_where_one_is_set(ask: Ask) -> None:
    access = Access(TOKEN, READ_TOKEN)
    closed = ask(access=access)
    for path in ("/predictions", "/nights", "/model", "/machines/m2", "/cases", "/predict/sample", "/metrics"):
        assert closed.get(path).status_code == 401
    assert closed.post("/predict", json={"machine": "m2"}).status_code == 401
    assert closed.get("/health").status_code == 200
    for token in (TOKEN, READ_TOKEN):
        assert ask(access=access, token=token).get("/nights").status_code == 200
    assert ask(access=access, token="x" * len(TOKEN)).get("/nights").status_code == 401


def test_prometheus_reads_what_the_last_night_has_written(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    own = home_of(settings, tmp_path)
    client = ask(own)
    assert client.get("/metrics").text == ""
    text = "# TYPE nightshift_alerts gauge\nnightshift_alerts 3.0\n"
    write_textfile(text, own.paths.metrics, textfile_name(fleet_label(own)))
    told = client.get("/metrics")
    assert (told.text, told.headers["content-type"]) == (text, CONTENT_TYPE)


def test_everything_is_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/predictions", "/machines/{machine}", "/cases", "/nights", "/model", "/health", "/feedback", "/predict",
        "/predict/sample", "/predict/batch", "/metrics",
    }  # fmt: skip
    for path, methods in described["paths"].items():
        for method in methods.values():
            assert method["description"], path
            assert "application/problem+json" in str(method["responses"]) or "ProblemDetails" in str(method), path
