"""The figures of a published copy of four nights, of which the last could not be scored."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pytest

from delivery.metrics import names
from delivery.metrics.figures import Gauge, published_figures, step_figures

TABLES = """
    create table nights as select * from (values
        (timestamp '2025-03-01 06:00', 'scored', 4, 0, 1, timestamp '2025-03-01 05:00', '1'),
        (timestamp '2025-03-03 06:00', 'not scored', 0, 0, 0, timestamp '2025-03-02 05:30', '2'),
        (timestamp '2025-03-02 06:00', 'scored', 4, 1, 2, timestamp '2025-03-02 05:00', '2')
    ) as t (as_of, status, machines, silent, alerts, newest_reading_at, model_version);
    create table predictions as select * from (values
        (timestamp '2025-03-01 06:00', 'a', 'high', true, timestamp '2025-03-01 06:20'),
        (timestamp '2025-03-02 06:00', 'a', 'high', true, timestamp '2025-03-02 06:20'),
        (timestamp '2025-03-02 06:00', 'b', 'elevated', true, timestamp '2025-03-02 06:20'),
        (timestamp '2025-03-02 06:00', 'c', 'normal', false, timestamp '2025-03-02 06:20'),
        (timestamp '2025-03-02 06:00', 'd', 'silent', false, timestamp '2025-03-02 06:20'),
        (timestamp '2025-03-02 06:00', 'e', 'down', false, timestamp '2025-03-02 06:20')
    ) as t (as_of, machine_id, risk_level, alert, scored_at);
    create table alert_episodes as select * from (values ('a', null), ('b', 'quiet'), ('c', null))
        as t (machine_id, closed_by);
    create table drift_nights as select * from (values
        (timestamp '2025-03-01 06:00', true, true, true, 3, '2', 0.5, 0.4, 0.6, 0.7, 9, true, false),
        (timestamp '2025-03-02 06:00', true, true, true, 2, '2', 0.3, 0.2, 0.4, 0.7, 11, true, true)
    ) as t (as_of, judged, drifted, moved, columns_drifted, model_version, quality, quality_low, quality_high,
            quality_at_gate, quality_positives, quality_judged, quality_fallen);
    create table promotions as select * from (values
        ('1', true, '2025-02-01T10:00:00'), ('2', false, '2025-02-08T10:00:00'), ('3', true, null)
    ) as t (model_version, promoted, decided_at);
    create table data_quality as select * from (values
        (timestamp '2025-03-01 06:00', 'note'),
        (timestamp '2025-03-02 06:00', 'error'), (timestamp '2025-03-02 06:00', 'error')
    ) as t (as_of, severity);
"""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("set timezone = 'UTC'")
        yield made


def seconds(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


def test_every_figure_is_of_the_newest_night_that_has_it(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(TABLES)
    told = published_figures(con, sustained_nights=3)
    assert {(sample.name, *sample.labels.values()): sample.value for sample in told} == {
        (names.NIGHT_SCORED,): 0,  # the newest night was asked for, and failed
        (names.DATA,): seconds(2025, 3, 2, 5, 30),
        (names.MODEL, "2"): 1,
        (names.LAST_SUCCESS,): seconds(2025, 3, 2, 6, 20),  # and the last success's figures stay
        (names.NIGHT,): seconds(2025, 3, 2, 6),
        (names.MACHINES_SCORED,): 3,
        (names.MACHINES_SILENT,): 1,
        (names.MACHINES_DOWN,): 1,
        (names.ALERTS,): 2,
        (names.CASES_OPEN,): 2,
        (names.DATA_FINDINGS, "error"): 2,
        (names.DATA_FINDINGS, "warning"): 0,
        (names.DATA_FINDINGS, "note"): 0,
        (names.DRIFTED,): 1,
        (names.DRIFTED_COLUMNS,): 2,
        (names.DRIFT_NIGHTS,): 2,
        (names.DRIFT_LIMIT,): 3,
        (names.QUALITY,): 0.3,
        (names.QUALITY_LOW,): 0.2,
        (names.QUALITY_HIGH,): 0.4,
        (names.QUALITY_AT_GATE,): 0.7,
        (names.QUALITY_FAILURES,): 11,
        (names.QUALITY_FALLEN,): 1,
        (names.GATE_PROMOTED,): 0,
        (names.GATE_DECISION,): seconds(2025, 2, 8, 10),
    }


def test_what_is_not_known_is_absent_and_not_zero(con: duckdb.DuckDBPyConnection) -> None:
    assert published_figures(con, 3) == []
    con.execute(TABLES)
    con.execute("update nights set status = 'not scored', newest_reading_at = null")
    con.execute("update drift_nights set judged = false, quality_judged = false")
    con.execute("drop table alert_episodes; drop table data_quality; delete from promotions")
    assert {sample.name for sample in published_figures(con, 3)} == {
        names.NIGHT_SCORED, names.MODEL, names.DRIFT_NIGHTS, names.DRIFT_LIMIT,
    }  # fmt: skip


def test_a_cell_that_is_no_number_is_left_out(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(TABLES)
    con.execute("alter table drift_nights alter quality_at_gate type double")
    con.execute("update drift_nights set quality_at_gate = 'nan'::double")
    told = published_figures(con, 3)
    assert not any(math.isnan(sample.value) for sample in told)
    assert names.QUALITY_AT_GATE not in {sample.name for sample in told}


def test_the_steps_of_a_run() -> None:
    assert step_figures({"published": 2.5, "landing": 1.0}, 4.0) == [
        Gauge(names.STEP_SECONDS, 1.0, {"step": "landing"}),
        Gauge(names.STEP_SECONDS, 2.5, {"step": "published"}),
        Gauge(names.RUN_SECONDS, 4.0),
    ]
    assert step_figures({}, None) == []
