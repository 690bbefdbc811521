"""What-if and feedback: the night's own answers, and words that land once."""

import io
import json
import re
from datetime import timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from ingestion.discover import find_drops
from ingestion.trial_landing import rejected_in_trial
from ml.explain.reason_record import Reason
from ml.models.model import Model
from serving import what_if
from serving.batch import LINES_TYPE, PARQUET_TYPE
from serving.guard.access import Access
from settings import Settings
from tests.serving.conftest import NOW, Ask
from tests.serving.served_kit import NIGHTS, ODD, QUIET, TOKEN

SAME = ("failure_probability", "component_probabilities", "further_horizons", "predicted_component", "alert",
        "risk_level", "recommended_action", "remaining_hours")  # fmt: skip


def same(told: dict[str, Any], night: dict[str, Any]) -> None:
    assert {name: told[name] for name in SAME} == {name: night[name] for name in SAME}


def test_a_question_without_a_change_is_answered_as_the_night_was(client: TestClient) -> None:
    for night in client.get("/predictions").json()["items"]:
        told = client.post("/predict", json={"machine": night["machine_id"], "reasons": True}).json()
        same(told["predictions"][0], night)
        if night["reasons"]:
            assert told["predictions"][0]["reasons"] == night["reasons"]


def test_the_sample_is_a_body_that_is_answered(client: TestClient) -> None:
    body = client.get("/predict/sample").content
    answer = client.post("/predict", content=body, headers={"content-type": "application/json"})
    night = client.get("/predictions").json()["items"][0]
    [told] = answer.json()["predictions"]
    same(told, night)
    assert told["machine_id"] == night["machine_id"]
    assert json.loads(client.get("/predict/sample", params={"machine": ODD}).content)["rows"][0]["machine_id"] == ODD


def test_changes_change_the_answer(client: TestClient) -> None:
    def risk(**changes: object) -> float:
        told = client.post("/predict", json={"machine": "m2", "changes": changes, "reasons": True}).json()
        return float(told["predictions"][0]["failure_probability"])

    assert risk(volt_shift_24h=4.0) > 0.5 > risk(volt_shift_24h=-4.0)


def test_reasons_of_a_machine_are_dated_by_its_night_and_those_of_rows_by_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    dated: list[object] = []

    def told(model: Model, frame: pd.DataFrame, *_: object) -> list[tuple[Reason, ...]]:
        dated.extend(frame["as_of"])
        return [() for _ in range(len(frame))]

    monkeypatch.setattr(what_if, "reasons", told)
    client.post("/predict", json={"machine": "m2", "reasons": True})
    rows = client.get("/predict/sample").json()["rows"]
    client.post("/predict", json={"rows": [rows[0] | {"as_of": "2025-02-28"}], "reasons": True})
    assert dated == [NIGHTS[-1], None]


def test_a_silent_machine_that_is_said_to_be_heard_gets_a_risk(client: TestClient) -> None:
    [quiet] = client.post("/predict", json={"machine": QUIET}).json()["predictions"]
    assert (quiet["risk_level"], quiet["failure_probability"]) == ("silent", None)
    [heard] = client.post("/predict", json={"machine": QUIET, "changes": {"volt_n_12h": 12}}).json()["predictions"]
    assert heard["failure_probability"] is not None


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"machine": "none"}, 404, "The night of 2025-02-28 has no machine 'none'."),
        ({"machine": "m2", "changes": {"volt_maen_24h": 1}}, 422, "is volt_mean_24h meant?"),
        (
            {"machine": "m2", "changes": {"volt_mean_24h": "high"}},
            422,
            "volt_mean_24h is a number, and 'high' is none.",
        ),
        ({"rows": [{"volt_mean_24h": 1}]}, 422, "The rows lack model, age,"),
        ({"rows": [], "machine": None}, 422, "rows: List should have at least 1 item"),
        ({}, 422, "send either rows, or a machine"),
        ({"machine": "m2", "rows": [{"a": 1}]}, 422, "send either rows, or a machine"),
        ({"machine": "m2", "chagnes": {}}, 422, "chagnes: Extra inputs are not permitted"),
        ("no object", 422, "send a JSON object"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(client: TestClient, body: object, status: int, told: str) -> None:
    answer = client.post("/predict", json=body)
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize("name", ["volt_n_12h", "volt_mean_12h", "volt_sd_24h", "age"])
def test_a_word_where_a_number_belongs_is_told_so(client: TestClient, name: str) -> None:
    """Also in columns that no tree reads, but a reason quotes or silence is told by."""
    body = json.loads(client.get("/predict/sample").content)
    body["rows"][0][name] = "much"
    for reasons in (False, True):
        answer = client.post("/predict", json={**body, "reasons": reasons})
        assert (answer.status_code, answer.json()["detail"]) == (422, f"{name} is a number, and 'much' is none.")
    lines = json.dumps(body["rows"][0]).encode()
    answer = client.post("/predict/batch?reasons=true", content=lines, headers={"content-type": LINES_TYPE})
    assert (answer.status_code, name in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize("cell", ["1e999", "-1e999", "NaN", "1e308", "true", "null"])
def test_no_number_is_too_odd_to_be_answered(client: TestClient, cell: str) -> None:
    body = f'{{"machine": "m2", "changes": {{"volt_mean_24h": {cell}, "age": {cell}}}, "reasons": true}}'
    answer = client.post("/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    json.loads(answer.content, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("broken", [b"{", b"", b"[" * 100_000, b'{"machine": NaN', b"\xff"])
def test_a_broken_body_is_told_so(client: TestClient, broken: bytes) -> None:
    answer = client.post("/predict", content=broken, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert "Traceback" not in answer.text


def test_a_batch_is_answered_as_the_night_was_in_either_form(client: TestClient, rows: pd.DataFrame) -> None:
    night = rows[rows["as_of"] == NIGHTS[-1]]
    expected = {one["machine_id"]: one["failure_probability"] for one in client.get("/predictions").json()["items"]}
    sink = io.BytesIO()
    night.to_parquet(sink)
    answer = client.post("/predict/batch", content=sink.getvalue(), headers={"content-type": PARQUET_TYPE})
    told = pd.read_parquet(io.BytesIO(answer.content))
    assert {name: None if pd.isna(p) else p for name, p in zip(told["machine_id"], told["failure_probability"],
                                                              strict=True)} == expected  # fmt: skip
    lines = night.drop(columns="as_of").to_json(orient="records", lines=True, double_precision=15)
    answer = client.post("/predict/batch?reasons=true", content=lines, headers={"content-type": LINES_TYPE})
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["machine_id"] for one in found] == [*night["machine_id"]]
    assert {one["machine_id"] for one in found if one["risk_level"] == "silent"} == {QUIET}
    assert any(one["reasons"] for one in found)


def parquet(rows: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    rows.to_parquet(sink)
    return sink.getvalue()


def test_whatever_pandas_has_made_the_index_each_row_gets_its_own_answer(
    client: TestClient, rows: pd.DataFrame
) -> None:
    """Rows that were chosen keep the numbers that they had, and an index is a column of the file."""
    night = rows[rows["as_of"] == NIGHTS[-1]]
    chosen = pd.concat([night[night.index % 2 == 1]] * 2)
    unnamed = chosen.drop(columns=["machine_id", "as_of"])
    for given in (chosen, unnamed, chosen.set_index("machine_id"), chosen.set_index(["machine_id", "as_of"])):
        answer = client.post("/predict/batch", content=parquet(given), headers={"content-type": PARQUET_TYPE})
        assert answer.status_code == 200, answer.text
        told = pd.read_parquet(io.BytesIO(answer.content))
        expected = {one["machine_id"]: one for one in client.get("/predictions").json()["items"]}
        assert [None if pd.isna(p) else p for p in told["failure_probability"]] == [
            expected[machine]["failure_probability"] for machine in chosen["machine_id"]
        ]
        if given is not unnamed:
            assert [*told["machine_id"]] == [*chosen["machine_id"]]


def test_json_lines_are_the_nights_own_answers_to_the_last_bit(client: TestClient) -> None:
    row = client.get("/predict/sample").json()["rows"][0]
    answer = client.post("/predict/batch", content=json.dumps(row), headers={"content-type": LINES_TYPE})
    [expected] = client.post("/predict", json={"rows": [row]}).json()["predictions"]
    told = json.loads(answer.text)
    assert told["failure_probability"] == expected["failure_probability"]
    assert (told["machine_id"], told["as_of"]) == (row["machine_id"], NOW.isoformat())


@pytest.mark.parametrize(
    ("name", "cell", "status"),
    [
        ("machine_id", '"\\ud800"', 422), ("machine_id", "[1]", 422), ("machine_id", "null", 200),
        ("machine_id", "7", 200), ("model", '"\\ud800"', 422), ("model", "[1]", 422), ("model", "3", 200),
        ("as_of", "[1]", 422), ("as_of", '"soon"', 422), ("as_of", "7", 422), ("as_of", '"2025-02-28T06:00:00Z"', 200),
        ("as_of", '"9999-12-31T23:59:59-14:00"', 422), ("as_of", "null", 200),
        ("age", "9" * 400, 200), ("age", "[1]", 422), ("age", '""', 422), ("age", "true", 200),
    ],
)  # fmt: skip
def test_no_cell_of_a_batch_is_an_error_of_ours(client: TestClient, name: str, cell: str, status: int) -> None:
    row = client.get("/predict/sample").json()["rows"][0]
    line = json.dumps({**row, name: "gap"}).replace('"gap"', cell)
    for address in ("/predict/batch", "/predict/batch?reasons=true"):
        answer = client.post(address, content=line, headers={"content-type": LINES_TYPE})
        assert answer.status_code == status, answer.text
        assert status == 200 or name in answer.json()["detail"]


def test_a_batch_without_a_clear_column_is_told_so(client: TestClient, rows: pd.DataFrame) -> None:
    night = rows[rows["as_of"] == NIGHTS[-1]]
    table = pa.Table.from_pandas(night, preserve_index=False)
    sink = io.BytesIO()
    pq.write_table(table.append_column("age", table["age"]), sink)
    for body, told in ((sink.getvalue(), "The column age is there more than once"),
                       (parquet(night.assign(machine_id=b"\xff")), "machine_id holds what is no text")):  # fmt: skip
        answer = client.post("/predict/batch", content=body, headers={"content-type": PARQUET_TYPE})
        assert (answer.status_code, told in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a,b\n1,2", "text/csv", 415),
        (b"", LINES_TYPE, 422),
        (b"{}\n[]", LINES_TYPE, 422),
        (b"{", LINES_TYPE, 422),
        (b'{"volt_mean_24h": 1}', LINES_TYPE, 422),
        (b"PAR1 not", PARQUET_TYPE, 422),
    ],
)
def test_a_batch_that_cannot_be_read_says_so(client: TestClient, body: bytes, kind: str, status: int) -> None:
    answer = client.post("/predict/batch", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text


WORD = {"machine": ODD, "component": "comp1", "verdict": "false alarm", "note": 'cable, "loose"\nreally'}


def test_a_word_lands_once_as_a_file_that_landing_takes(ask: Ask, own_home: Settings) -> None:
    writer = ask(settings=own_home, token=TOKEN)
    first = writer.post("/feedback", json=WORD, headers={"Idempotency-Key": "key-0001"})
    assert first.status_code == 201, first.text
    assert first.json()["case_opened_at"] == NIGHTS[0].isoformat()
    again = ask(settings=own_home, token=TOKEN, now=NOW + timedelta(minutes=5)).post(
        "/feedback", json=WORD, headers={"Idempotency-Key": "key-0001"}
    )
    assert (again.status_code, again.json()["repeated"], again.json()["at"]) == (200, True, first.json()["at"])
    [file] = own_home.paths.drops.iterdir()
    assert file.name == first.json()["file"]
    assert rejected_in_trial(file, "feedback", own_home.fleet) == []
    assert file.read_text() == (
        "datetime,machineID,comp,verdict,note\n2025-02-28 08:00:00,Presse 4/2 Süd <b>,comp1,false alarm,"
        '"cable, ""loose"" really"\n'
    )
    other = writer.post("/feedback", json={**WORD, "verdict": "replaced"}, headers={"Idempotency-Key": "key-0001"})
    assert (other.status_code, "another word" in other.json()["detail"]) == (422, True)
    assert len([*own_home.paths.drops.iterdir()]) == 1


def test_a_word_that_corrects_another_on_the_same_moment_lands_behind_it(ask: Ask, own_home: Settings) -> None:
    files = []
    for minute, verdict in enumerate(("acknowledged", "false alarm", "replaced")):
        told = ask(settings=own_home, token=TOKEN, now=NOW + timedelta(minutes=minute)).post(
            "/feedback",
            json={**WORD, "verdict": verdict, "at": NOW.isoformat()},
            headers={"Idempotency-Key": f"key-{9 - minute:04}"},
        )
        files.append(told.json()["file"])
    assert files == sorted(files)
    drops, _ = find_drops(own_home.paths.drops)
    assert [drop.name for drop in drops] == files


def test_a_key_that_an_earlier_version_has_used_counts_once(ask: Ask, own_home: Settings) -> None:
    headers = {"Idempotency-Key": "key-0001"}
    first = ask(settings=own_home, token=TOKEN).post("/feedback", json=WORD, headers=headers).json()["file"]
    old = own_home.paths.drops / re.sub(r"_\d{8}T\d+_", "_", first)
    (own_home.paths.drops / first).rename(old)
    again = ask(settings=own_home, token=TOKEN, now=NOW + timedelta(minutes=5)).post(
        "/feedback", json=WORD, headers=headers
    )
    assert (again.status_code, again.json()["file"]) == (200, old.name)
    assert [*own_home.paths.drops.iterdir()] == [old]


@pytest.mark.parametrize(
    ("change", "key", "status", "told"),
    [
        ({"verdict": "fine"}, "key-0002", 422, 'verdict is "fine": not one of acknowledged, false alarm, replaced'),
        ({"at": "2150-01-01T00:00:00"}, "key-0003", 422, "datetime is"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "key-0003", 422, "at: it is beyond the calendar"),
        ({"machine": "none"}, "key-0004", 422, "There is no machine 'none' on record."),
        ({"component": "comp9"}, "key-0005", 422, "There is no component 'comp9': name one of comp1"),
        ({}, "", 400, "Idempotency-Key"),
        ({"word": "x"}, "key-0006", 422, "word: Extra inputs"),
    ],
)
def test_a_word_that_landing_would_not_take_is_refused(
    ask: Ask, home: Settings, change: dict[str, str], key: str, status: int, told: str
) -> None:
    answer = ask(token=TOKEN).post("/feedback", json={**WORD, **change}, headers={"Idempotency-Key": key})
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
    assert [*home.paths.drops.iterdir()] == []


def test_a_word_on_no_case_is_taken_and_said_to_be_so(ask: Ask, own_home: Settings) -> None:
    word = {**WORD, "component": "comp3", "at": "2025-02-27T08:00:00+02:00"}
    told = ask(settings=own_home, token=TOKEN).post("/feedback", json=word, headers={"Idempotency-Key": "a" * 8}).json()
    assert (told["case_opened_at"], told["at"]) == (None, "2025-02-27T06:00:00")
    assert "unmatched_feedback" in told["told"]


def test_nobody_writes_without_the_token(ask: Ask, home: Settings) -> None:
    given = {"json": WORD, "headers": {"Idempotency-Key": "key-0009"}}
    assert ask().post("/feedback", **given).status_code == 401
    assert ask(token="x" * len(TOKEN)).post("/feedback", **given).status_code == 401
    off = ask(access=Access()).post("/feedback", **given)
    assert (off.status_code, "NIGHTSHIFT_SERVE_TOKEN" in off.json()["detail"]) == (403, True)
    assert [*home.paths.drops.iterdir()] == []
