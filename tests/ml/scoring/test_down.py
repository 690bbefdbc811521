from datetime import datetime, timedelta

import duckdb
import pytest

from ml.scoring.down import Down, down_machines

NIGHT, HOUR = datetime(2025, 3, 1, 6), timedelta(hours=1)


@pytest.mark.parametrize(
    ("failed", "known", "over", "down"),
    [
        (-1, -1, 5, True),
        (0, 0, 1, True),
        (1, 1, 5, False),
        (-1, 1, 5, False),  # reported after the night
        (-9, -9, 0, False),  # over just then
    ],
)
def test_a_machine_is_down_from_its_failure_until_it_is_known_to_run(
    failed: int, known: int, over: int, down: bool
) -> None:
    con = duckdb.connect()
    con.execute("create table outages (machine_id varchar, component varchar, failed_at timestamp, known_at timestamp, "
                "advised_again_at timestamp)")  # fmt: skip
    moments = [NIGHT + hours * HOUR for hours in (failed, known, over)]
    con.execute("insert into outages values ('a', 'comp1', ?, ?, ?)", moments)
    assert down_machines(con, NIGHT) == ({"a": Down("comp1", moments[0])} if down else {})


def test_of_two_outages_the_first_is_told() -> None:
    con = duckdb.connect()
    con.execute("create table outages as select 'a' as machine_id, component, failed_at, failed_at as known_at, "
                "timestamp '2026-01-01' as advised_again_at from (values ('comp2', timestamp '2025-03-01 05:00:00'), "
                "('comp1', timestamp '2025-03-01 04:00:00')) as told (component, failed_at)")  # fmt: skip
    assert down_machines(con, NIGHT) == {"a": Down("comp1", datetime(2025, 3, 1, 4))}
