"""What has landed of the failures feed, read from tables laid out by hand."""

from datetime import datetime, timedelta

import duckdb

from settings import Settings
from steps.failure_facts import failure_facts

START, DAY = datetime(2025, 1, 1), timedelta(days=1)


def test_failures_their_matches_what_is_odd_and_a_pause_are_read(settings: Settings) -> None:
    with duckdb.connect() as con:
        con.execute("create table stg_telemetry (event_at timestamp, superseded_at timestamp)")
        con.executemany(
            "insert into stg_telemetry values (?, null)", [(START + n * DAY,) for n in (0, 1, 2, 9, 40, 41)]
        )
        con.execute("create table machine_days as select '1' as machine_id")
        con.execute("create table stg_failures (machine_id varchar, component varchar, event_at timestamp)")
        rows = [("1", "comp1", START + DAY), ("1", "comp2", START), ("1", "gear", START), ("M1", "comp1", START)]
        con.executemany("insert into stg_failures values (?, ?, ?)", rows)
        con.execute("""create table data_quality as select * from (values
            ('failures', 'unknown machine', 'error', 'machineID', 1, 0.25, 'rows of nobody', '"M1" (1)', 'spell it'),
            ('failures', 'never seen', 'note', 'failure', 2, null, 'codes', '', 'see'),
            ('errors', 'unknown code', 'error', 'errorID', 2, null, 'codes', '', 'see')
        ) as t (feed, kind, severity, subject, occurrences, share, what, example, cure)""")
        facts = failure_facts(con, settings.fleet)
        assert (facts.landed, facts.at) == (4, (START, START + DAY))
        assert facts.odd == ('failures, machineID: 1 rows of nobody (25 %; "M1" (1)): spell it.',)
        assert (facts.pause, facts.beyond_pause) == ((START + 9 * DAY, START + 40 * DAY), 2)
        con.execute("delete from stg_telemetry where event_at > ?", [START + 9 * DAY])
        con.execute("drop table data_quality")
        facts = failure_facts(con, settings.fleet)
        assert (facts.pause, facts.beyond_pause, facts.odd) == (None, 0, ())
