"""Readings are staged in the order of time, and as they lie where none of them is reported twice."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from tests.dbt.dbt_kit import Drops, Nightshift, fleet
from tests.dbt.fleets import make_fleet
from tests.dbt.golden import SHORT
from tests.dbt.macros import macro
from tests.dbt.troubles.machine import START, H

DISORDER = "select count(*) as n from (select event_at, machine_id, lag(event_at) over () as at_before, " \
    "lag(machine_id) over () as machine_before from stg_telemetry) " \
    "where event_at < at_before or event_at = at_before and machine_id < machine_before"  # fmt: skip
MERGING = "is_shared"  # of what readings go through that are in no order, or reported twice


class Raw(SimpleNamespace):
    def __str__(self) -> str:
        return "readings"


@pytest.mark.parametrize(
    ("rows", "is_shared"),
    [
        ([(0, "a"), (0, "b"), (1, "a")], False),
        ([(0, "a"), (0, "a"), (1, "a")], True),
        ([(0, "b"), (0, "a"), (1, "a")], True),
        ([(1, "a"), (0, "b"), (2, "a")], True),
        ([(0, "10"), (0, "9"), (1, "10")], False),
        ([(0, "a")], False),
    ],
)
def test_a_look_at_each_row_and_the_one_before_tells(rows: list[tuple[int, str]], is_shared: bool) -> None:
    with duckdb.connect() as con:
        con.execute("create table readings (moment integer, machine varchar)")
        con.executemany("insert into readings values (?, ?)", rows)
        known: dict[str, Any] = {
            "execute": True, "build_from_us": lambda: None, "load_relation": str,
            "run_query": lambda query: SimpleNamespace(rows=con.execute(query).fetchall()),
        }  # fmt: skip
        look = (Raw(schema="raw"), "moment", "machine")
        assert macro("cross_db/mark_shared", fleet(), *look, name="duckdb__may_be_shared", **known) is is_shared


def test_the_same_is_staged_whatever_the_order_of_files(tmp_path: Path) -> None:
    """Some files are in order, so that readings are staged as they lie; in turn round, nothing else is different."""
    readings = make_fleet([[], []], hours=48, seed=3)["PdM_telemetry.csv"]
    halves = [[row for row in readings if (row["datetime"] < START + 24 * H) is early] for early in (True, False)]
    in_turn, turned = (
        staged(Nightshift(tmp_path / name, SHORT), [{f"PdM_telemetry_{n}.csv": rows} for n, rows in enumerate(files)])
        for name, files in {"in_turn": halves, "turned": halves[::-1]}.items()
    )
    assert (MERGING in in_turn[0], MERGING in turned[0]) == (False, True)
    assert in_turn[1] == turned[1]


def staged(night: Nightshift, files: list[Drops]) -> tuple[str, Any]:
    """The SQL that staged them, and the rows."""
    for drops in files:
        night.land(drops)
    results = night.dbt("run", "--select", "+stg_telemetry").results
    [sql] = [result.node.compiled_code for result in results if result.node.name == "stg_telemetry"]
    assert night.rows(DISORDER) == [{"n": 0}]
    return sql, night.rows("select * from stg_telemetry order by event_at, machine_id")
