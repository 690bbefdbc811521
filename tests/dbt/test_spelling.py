"""Ids as people spell them: SQL and landing recognize the same ones."""

import re
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.spelling import bare, meant_by
from tests.dbt.clean_fleet import CLEAN
from tests.dbt.compiled import create_views

# Ids as people write them: letters, digits, punctuation and blanks.
IDS = st.text(alphabet="aBcMÄß機012 -_./#", min_size=1, max_size=8)


@pytest.fixture(scope="module")
def spelling() -> Iterator[duckdb.DuckDBPyConnection]:
    """A view `spelled` of the table `ids`, with the expression that the model has."""
    with duckdb.connect() as made:
        made.execute(CLEAN)
        create_views(made, "event_findings")
        [(sql,)] = made.execute("select sql from duckdb_views() where view_name = 'event_findings'").fetchall()
        expression = re.search(r"spellings AS \(SELECT (.+?) AS bare", sql, re.DOTALL)
        assert expression
        made.execute("create table ids (machine_id varchar)")
        made.execute(f"create view spelled as select machine_id, {expression[1]} as bare from ids")
        yield made


@given(st.lists(IDS, min_size=1, max_size=20, unique=True))
@example(
    ["M001", "1", " 1 ", "1.0", "1.00", "m-1", "machine 1", "0", "00", "A0", "..", "", "M", "1.0.0", "Su\u0308d 1"]
)
@settings(max_examples=60)
def test_sql_spells_as_landing_does(spelling: duckdb.DuckDBPyConnection, ids: list[str]) -> None:
    spelling.execute("truncate ids")
    spelling.execute("insert into ids select unnest(?::varchar[])", [ids])
    found = dict(spelling.execute("select machine_id, bare from spelled").fetchall())
    assert found == {name: bare(name) for name in ids}


@given(st.lists(st.integers(0, 999), min_size=1, max_size=8, unique=True), st.sampled_from(["{:03d}", "M{:04d}", "m-{}",
       " {} ", "{}.0", "Machine {}", "#{}", "PUMP_{:02d}"]), st.sampled_from(["{}", "{:05d}", "P{}"]))  # fmt: skip
def test_an_id_is_recognized_in_any_usual_spelling(numbers: list[int], theirs: str, ours: str) -> None:
    known = [ours.format(number) for number in numbers]
    unknown = [theirs.format(number) for number in numbers]
    assert meant_by(unknown, known) == dict(zip(unknown, known, strict=True))
