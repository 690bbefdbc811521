"""Machines that do not come back once a flag has said that they fail leave service with it; others stay."""

from pathlib import Path

import pytest

from intake.look import look

DAYS = 30


def rows(failing: dict[str, int], stays: bool) -> str:
    """A row a machine and day; those of `failing` fail on their day, and are heard after it or not."""
    out = ["date,serial,model,temp,failure"]
    for day in range(DAYS):
        for machine in ("a", "b", "c", "d", "e"):
            fails = failing.get(machine)
            if fails is None or day <= fails or stays:
                out.append(f"2026-01-{day + 1:02d},{machine},m1,{20 + day % 5}.5,{int(day == fails)}")
    return "\n".join(out)


@pytest.mark.parametrize(
    ("failing", "stays", "proposed"),
    [
        ({"a": 10, "b": 15}, False, True),
        ({"a": 10, "b": 15}, True, False),
        ({"a": 10}, False, False),
        ({"a": 28, "b": 29}, False, False),  # nothing came after: nobody can tell
        ({}, False, False),
    ],
)
def test_what_vanishes_with_its_failure_leaves_service(
    failing: dict[str, int], stays: bool, proposed: bool, tmp_path: Path
) -> None:
    (tmp_path / "days.csv").write_text(rows(failing, stays))
    text = look(tmp_path, "fleet").text
    assert ('in_service_until: "case when failure = 1 then (date)::timestamp + to_days(1) end"' in text) is proposed
    assert ("2 of 2 machines that fail have no row after it" in text) is proposed
    assert text.count("    machines:") == 1
