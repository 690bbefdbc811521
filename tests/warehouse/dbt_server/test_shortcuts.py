"""Types of columns are guessed as dbt guesses them."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from dbt_common.clients import agate_helper

from warehouse.dbt_server.shortcuts import type_tester

ROWS = [
    {"n": 1, "x": Decimal("1.5"), "text": "null", "on": date(2025, 1, 2), "at": datetime(2025, 1, 2, 3), "yes": True},
    {"n": None, "x": None, "text": "2025-01-02", "on": None, "at": None, "yes": None},
]


def test_a_table_is_that_of_dbt_and_its_tester_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    by_dbt = agate_helper.table_from_data_flat(ROWS, [*ROWS[0]])
    monkeypatch.setattr(agate_helper, "build_type_tester", type_tester)
    for _ in range(2):
        ours = agate_helper.table_from_data_flat(ROWS, [*ROWS[0]])
        assert [tuple(row) for row in ours.rows] == [tuple(row) for row in by_dbt.rows]
        assert [*map(type, ours.column_types)] == [*map(type, by_dbt.column_types)]
    assert type_tester({"a", "b"}, ()) is type_tester(["b", "a"], ())
    assert type_tester({"a"}, ()) is not type_tester({"a"})
