"""Spans merged from shorter ones hold each of their buckets once, whatever windows and baseline a fleet asks for."""

import math
from collections import Counter
from typing import Any

import pytest

from settings import Fleet
from tests.dbt.dbt_kit import fleet
from tests.dbt.macros import macro

WINDOWS = ([3, 12, 24, 48], [3], [1, 2, 5], [7, 24], [6, 18, 30, 168], [24])


def window_parts(fleet: Fleet, bucket: int) -> Any:
    known = {
        "bucket_hours": lambda: bucket, "sum_type": lambda sensor: "bigint", "wide_integer": lambda: "hugeint",
        "pieces_of": lambda target, made: macro("pieces_of", fleet, target, made),
    }  # fmt: skip
    return macro("window_parts", fleet, **known)


@pytest.mark.parametrize("windows", WINDOWS, ids=str)
@pytest.mark.parametrize("baseline", [336, 337, 2000])
def test_each_bucket_of_a_span_counts_once(windows: list[int], baseline: int) -> None:
    bucket = math.gcd(*windows, baseline)
    found = window_parts(fleet({"windows_hours": windows, "baseline_hours": baseline}), bucket)
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
