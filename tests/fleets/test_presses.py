"""Other names than the demo's, no register and no maintenance: from files to predictions, and what people read."""

import re
from typing import Any

import duckdb
import pytest

from settings import ROOT, Settings
from tests.fleets.presses_sample import sample
from warehouse.connection import open_warehouse

pytestmark = pytest.mark.xdist_group("presses")


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings, read_only=True) as con:
        return con.execute(query).fetchall()


def test_the_sample_is_what_its_script_makes() -> None:
    for name, text in sample().items():
        assert (ROOT / "fleets/presses/sample" / name).read_text(encoding="utf-8") == text


def test_its_nights_are_scored_by_a_model(scored: Settings) -> None:
    query = (
        "select count(*), count(distinct machine_id), count(failure_probability), count(seals_probability), "
        "bool_and(predicted_component in ('drive', 'seals')), min(horizon_hours) from predictions"
    )
    assert rows(scored, query) == [(16, 8, 16, 16, True, 72)]


def test_tables_have_identifiers_whatever_files_call_them(scored: Settings) -> None:
    assert rows(scored, "select distinct error_code from stg_errors order by all") == [("e101",), ("e207",)]
    assert rows(scored, "select distinct component from stg_failures order by all") == [("drive",), ("seals",)]
    assert rows(scored, "select min(machine_id) from feature_mart") == [("Halle 1/Presse Ü-1",)]
    assert rows(scored, "select min(motor_temp_mean_24h) > 40 from feature_mart") == [(True,)]
    assert rows(scored, "select count(model) + count(age) from feature_mart") == [(0,)]


def test_what_is_missing_is_told_once(scored: Settings) -> None:
    query = "select feed, kind, severity from data_quality where feed != 'telemetry' order by feed"
    assert rows(scored, query) == [("machines", "not registered", "note"), ("maint", "no events", "note")]


def test_people_read_what_they_call_things(scored: Settings) -> None:
    told = " ".join(str(row) for row in rows(scored, "select reasons, recommended_action from predictions"))
    assert "Motor Temp (°C)" in told
    assert not re.search("motor_temp|oil_pressure|e101|e207", told)
    page = (scored.paths.report_dir / "morning_2025-04-20.html").read_text()
    shown = re.sub(r"(?s)<style>.*?</style>|<[^>]*>", " ", page)
    assert re.search("Main drive|Seal kit", shown)
    assert not re.search(r"\bdrive\b(?<!Main drive)|\bseals\b|oil_pressure|motor_temp", shown)


def test_its_published_tables_are_its_own(scored: Settings) -> None:
    with duckdb.connect(str(scored.paths.published / "nightshift.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from fleet_risk_today").fetchall() == [(8,)]
