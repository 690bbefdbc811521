from datetime import datetime

import duckdb
import pandas as pd

from ml.mart.lives import HIGH, LOW, with_lives

AS_OF = datetime(2025, 1, 1, 6)


def test_lives_are_joined_and_what_a_replacement_hides_has_no_end() -> None:
    rows = pd.DataFrame({"machine_id": ["b", "hidden", "down", "a"], "as_of": AS_OF}, index=[7, 3, 5, 1])
    with duckdb.connect() as con:
        assert with_lives(con, rows) is rows  # built by an earlier version
        con.execute("""
            create table remaining_time as select * from (values
                ('a', timestamp '2025-01-01 06:00', 10.0, 10.0, 'failure'),
                ('a', timestamp '2025-01-02 06:00', 3.0, 3.0, 'failure'),
                ('b', timestamp '2025-01-01 06:00', 30.0, null, 'data'),
                ('hidden', timestamp '2025-01-01 06:00', 5.0, 20.0, 'replacement')
            ) as known(machine_id, as_of, hours_low, hours_high, ended_by)
        """)
        found = with_lives(con, rows)
    assert found.index.tolist() == [7, 3, 5, 1]
    assert found["machine_id"].tolist() == rows["machine_id"].tolist()
    assert found[LOW].fillna(-1).tolist() == [30, 5, -1, 10]
    assert found[HIGH].fillna(-1).tolist() == [-1, -1, -1, 10]
