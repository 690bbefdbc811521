"""How the list of what is odd reads: bounded, the most serious first, and on one line whatever files hold."""

from datetime import datetime

import duckdb

from delivery.findings import LONGEST, QualityFinding, bounded_lines, findings_of

NIGHT = datetime(2025, 3, 1, 6)
ROWS = """
    select * from (values
        ('telemetry', 'outside range', 'note', 'volt', 3, 0.001, 'readings lie outside', '1e6', 'widen it'),
        ('failures', 'unknown machine', 'error', 'machineID', 8, 0.421, 'rows are of nobody', '"M1" (8)', 'spell it.'),
        ('errors', 'unknown code', 'warning', 'errorID', 2, 0.02, 'rows hold codes', 'x', 'name it'),
        ('failures', 'no events', 'error', '', 0, null, 'usable rows have landed', '', 'drop its file')
    ) as t (feed, kind, severity, subject, occurrences, share, what, example, cure)
"""


def test_the_most_serious_and_the_largest_come_first_each_with_its_cure() -> None:
    with duckdb.connect() as con:
        con.execute(f"create table data_quality as {ROWS}")
        found = findings_of(con)
    assert [one.line for one in found] == [
        "ERROR failures: 0 usable rows have landed: drop its file.",
        'ERROR failures, machineID: 8 rows are of nobody (42 %; "M1" (8)): spell it.',
        "WARNING errors, errorID: 2 rows hold codes (2.0 %; x): name it.",
        "NOTE telemetry, volt: 3 readings lie outside (0.1 %; 1e6): widen it.",
    ]
    assert [one.matters for one in found] == [True, True, True, False]
    assert bounded_lines(found, 1) == [found[0].line, "and 3 more: select * from data_quality"]
    assert bounded_lines(found, 4) == [one.line for one in found]


def test_a_night_shows_what_it_kept_and_a_young_warehouse_nothing() -> None:
    with duckdb.connect() as con:
        assert findings_of(con) == findings_of(con, NIGHT) == []
        con.execute("create schema ml")
        con.execute(f"create table ml.data_quality as select ?::timestamp as as_of, * from ({ROWS})", [NIGHT])
        assert len(findings_of(con, NIGHT)) == 4
        assert findings_of(con, datetime(2025, 3, 2, 6)) == []


def test_what_files_hold_stays_on_one_bounded_line() -> None:
    hostile = QualityFinding(
        "errors", "unknown code", "error", "errorID", 1, None, "rows", "a\x1b[31m\n\r" * 300, "x\ny"
    )
    assert hostile.line.isprintable()
    assert len(hostile.found) == LONGEST + 3
    assert hostile.line.endswith("...: x y.")
