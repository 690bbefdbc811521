"""Two tables of the same grain, compared cell by cell; the first differences are named."""

from typing import Any

from tests.dbt.dbt_kit import Table

SHOWN = 12


def assert_same(found: Table, expected: Table, tolerance: float = 0.0) -> None:
    """Rows, columns and cells; `tolerance` is relative, beside 1e-9; 0 means exactly equal. NULL equals NULL."""
    problems = [f"missing row {key}" for key in expected.keys() - found.keys()]
    problems += [f"unexpected row {key}" for key in found.keys() - expected.keys()]
    for key in sorted(expected.keys() & found.keys()):
        problems += _differences(key, found[key], expected[key], tolerance)
    assert not problems, f"{len(problems)} differences\n" + "\n".join(problems[:SHOWN])


def _differences(key: Any, found: dict[str, Any], expected: dict[str, Any], tolerance: float) -> list[str]:
    odd = [f"column {name}" for name in found.keys() ^ expected.keys()]
    for name in found.keys() & expected.keys():
        if not same(found[name], expected[name], tolerance):
            odd.append(f"{key[0]!r} at {key[1]}: {name} is {found[name]!r}, expected {expected[name]!r}")
    return sorted(odd)


def same(left: Any, right: Any, tolerance: float) -> bool:
    if left is None or right is None or not isinstance(left, float) or not tolerance:
        return bool(left == right) and (left is None) == (right is None)
    return bool(abs(left - right) <= 1e-9 + tolerance * max(abs(left), abs(right)))
