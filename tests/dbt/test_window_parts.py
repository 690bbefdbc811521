"""Spans merged from shorter ones hold each of their buckets once, whatever windows and baseline a fleet asks for."""

import math
from collections import Counter
from functools import partial
from typing import Any

import duckdb
import pytest

from settings import Fleet
from tests.dbt.dbt_kit import fleet
from tests.dbt.macros import macro

WINDOWS = ([3, 12, 24, 48], [3], [1, 2, 5], [7, 24], [6, 18, 30, 168], [24])


def window_parts(fleet: Fleet, bucket: int, engine: str) -> Any:
    known: dict[str, Any] = {
        "bucket_hours": lambda: bucket, "sum_type": lambda sensor: "bigint", "wide_integer": lambda: "hugeint",
        "pieces_of": lambda target, made: macro("pieces_of", fleet, target, made),
        "most_pieces": lambda: macro("cross_db/machine_windows", fleet, name=f"{engine}__most_pieces"),
    }  # fmt: skip
    return macro("window_parts", fleet, **known)


@pytest.mark.parametrize("engine", ["default", "spark"])
@pytest.mark.parametrize("windows", WINDOWS, ids=str)
@pytest.mark.parametrize("baseline", [336, 337, 2000])
def test_each_bucket_of_a_span_counts_once(windows: list[int], baseline: int, engine: str) -> None:
    bucket = math.gcd(*windows, baseline)
    found = window_parts(fleet({"windows_hours": windows, "baseline_hours": baseline}), bucket, engine)
    held: dict[str | None, Counter[int]] = {None: Counter([0])}
    for step in found["steps"]:
        made = {}
        for part in step:
            span = part["span"]
            buckets: Counter[int] = Counter()
            for piece in span["pieces"]:
                buckets.update({back + piece["back"]: n for back, n in held[piece["of"]].items()})
            made[span["name"]] = buckets
            assert len(span["pieces"]) <= 12
        held |= made  # a step sees those before it only
    longest = max(windows) // bucket
    assert found["reach"] == baseline // bucket
    assert held["base"] == Counter(range(longest, baseline // bucket))
    assert all(held[f"{hours}h"] == Counter(range(hours // bucket)) for hours in windows)
    assert {part["span"]["name"] for part in found["parts"]} == {"base", *(f"{hours}h" for hours in windows)}


@pytest.mark.parametrize("reach", [112, 2048, 2049])
def test_lags_of_rows_in_machine_order_are_those_of_each_machine(reach: int) -> None:
    """Beyond the first `reach - 1` rows of a machine, whatever the order in which the rows lie and the threads."""
    cross_db = partial(macro, "cross_db/machine_windows", fleet())
    cheap, plain = (cross_db(reach, name=f"{engine}__machine_window") for engine in ("duckdb", "default"))
    order = cross_db(name="duckdb__in_machine_order")
    lags = ", ".join(f"lag(value, {back}, 0) over ({{0}}) as lag_{back}" for back in (1, reach // 2, reach - 1))
    with duckdb.connect(config={"threads": 4}) as con:
        con.execute(
            "create table cells as select m::varchar as machine_id, t as as_of_us, hash(m, t) % 1000 as value "
            "from range(30) as machines (m), range(4000) as times (t) order by hash(t, m)"
        )
        [(rows, apart)] = con.execute(f"""
            with ordered as (select * from cells {order}),
            cheap as (select *, {lags.format(cheap)} from ordered),
            plain as (select *, {lags.format(plain)} from cells)
            select
                (select count(*) from cheap where as_of_us >= {reach - 1}),
                (select count(*) from (select * from cheap where as_of_us >= {reach - 1} except select * from plain))
        """).fetchall()
    assert (rows, apart) == (30 * (4001 - reach), 0)
