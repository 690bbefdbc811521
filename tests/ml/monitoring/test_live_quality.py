"""Matured quality: what was known that night, and nothing that came after."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from ml.monitoring.live_quality import MIN_POSITIVES, judge_quality, matured_answers
from settings import Settings
from tests.dbt.compiled import create_views

NIGHT = datetime(2025, 6, 30, 6)
DAY = timedelta(days=1)
QUALITY_NIGHTS = 28
DROP = 0.1
DRAWN = (DROP, 60, 7)  # so many draws of machines, by this seed


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Answers of machine a on the 40 nights up to NIGHT and on the 3 after it, all of version 2, and no failure."""
    con = duckdb.connect()
    con.execute("""
        create table predictions (machine_id varchar, as_of timestamp, horizon_hours integer,
            failure_probability double, model_version varchar);
        create table failure_labels (machine_id varchar, as_of timestamp, label_status varchar);
        create table stg_failures (machine_id varchar, component varchar, event_at timestamp, available_at timestamp);
        create view outages as
            select machine_id, component, event_at as failed_at, available_at as known_at,
                    cast(null as timestamp) as known_good_at from stg_failures
    """)
    create_views(con, "matured_answers")
    for back in range(-3, 40):
        answer(con, "a", NIGHT - back * DAY, 0.1, settings)
    yield con
    con.close()


def answer(
    con: duckdb.DuckDBPyConnection, machine: str, as_of: datetime, chance: float | None, settings: Settings,
    version: str = "2", status: str = "mature",
) -> None:  # fmt: skip
    con.execute("insert into predictions values (?, ?, ?, ?, ?)",
                [machine, as_of, settings.fleet.horizon_hours, chance, version])  # fmt: skip
    con.execute("insert into failure_labels values (?, ?, ?)", [machine, as_of, status])


def fail(con: duckdb.DuckDBPyConnection, at: datetime, known: datetime | None = None) -> None:
    con.execute("insert into stg_failures values ('a', 'comp1', ?, ?)", [at, known or at])


def failed_nights(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[datetime]:
    found = matured_answers(con, "2", NIGHT, settings.fleet, QUALITY_NIGHTS)
    return [moment.to_pydatetime() for moment in found.loc[found["failed"] == 1, "as_of"]]


def test_only_nights_that_had_matured_count(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    found = matured_answers(con, "2", NIGHT, settings.fleet, QUALITY_NIGHTS)
    assert len(found) == QUALITY_NIGHTS
    assert found["as_of"].max() == NIGHT - DAY, "its horizon ends this very night"
    assert found["as_of"].min() == NIGHT - QUALITY_NIGHTS * DAY


def test_a_failure_belongs_to_the_night_whose_horizon_holds_it(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    fail(con, NIGHT - 5 * DAY)
    fail(con, NIGHT - 8 * DAY + timedelta(hours=1))
    assert failed_nights(con, settings) == [NIGHT - 8 * DAY, NIGHT - 6 * DAY]


def test_a_failure_reported_later_was_not_seen_that_night(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """In a backfill the mart knows it; the night did not."""
    fail(con, NIGHT - 5 * DAY, known=NIGHT + timedelta(hours=1))
    assert failed_nights(con, settings) == []
    fail(con, NIGHT - 9 * DAY, known=NIGHT)
    assert failed_nights(con, settings) == [NIGHT - 10 * DAY]


def test_a_late_failures_feed_delays_maturity(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    latency = settings.fleet.feed_latency_hours.model_copy(update={"failures": 30})
    late = settings.model_copy(update={"fleet": settings.fleet.model_copy(update={"feed_latency_hours": latency})})
    assert matured_answers(con, "2", NIGHT, late.fleet, QUALITY_NIGHTS)["as_of"].max() == NIGHT - 3 * DAY


def test_others_answers_and_rows_without_an_outcome_are_left_out(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    before = len(matured_answers(con, "2", NIGHT, settings.fleet, QUALITY_NIGHTS))
    answer(con, "b", NIGHT - 3 * DAY, 0.9, settings, version="1")
    answer(con, "c", NIGHT - 3 * DAY, None, settings)
    answer(con, "d", NIGHT - 3 * DAY, 0.9, settings, status="censored")
    assert len(matured_answers(con, "2", NIGHT, settings.fleet, QUALITY_NIGHTS)) == before
    answer(con, "e", NIGHT - 3 * DAY, 0.9, settings)
    assert len(matured_answers(con, "2", NIGHT, settings.fleet, QUALITY_NIGHTS)) == before + 1


def answers(positives: int, skill: float, rows: int = 2000) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    failed = np.zeros(rows)
    failed[:positives] = 1.0
    return pd.DataFrame({
        "machine_id": [f"m{i % 100}" for i in rng.permutation(rows)],
        "failed": failed,
        "probability": 1 / (1 + np.exp(-(rng.normal(size=rows) + skill * failed))),
    })  # fmt: skip


def test_average_precision_is_the_usual_one_in_its_interval() -> None:
    rows = answers(40, 3.0)
    quality = judge_quality(rows, 0.6, *DRAWN)
    assert quality.average_precision == pytest.approx(average_precision_score(rows["failed"], rows["probability"]))
    assert quality.low < quality.average_precision < quality.high
    assert (quality.judged, quality.rows, quality.positives) == (True, 2000, 40)
    assert quality == judge_quality(rows.sample(frac=1, random_state=1), 0.6, *DRAWN)


def test_quality_has_fallen_only_beyond_noise_and_the_drop() -> None:
    rows = answers(40, 3.0)
    high, drop = judge_quality(rows, 0.6, *DRAWN).high, DROP
    fallen = judge_quality(rows, high + drop + 0.01, *DRAWN)
    assert fallen.fallen
    assert "has fallen" in fallen.summary
    assert not judge_quality(rows, high + drop - 0.01, *DRAWN).fallen


@pytest.mark.parametrize(("positives", "at_gate"), [(MIN_POSITIVES - 1, 0.99), (0, 0.99), (40, float("nan"))])
def test_too_few_failures_or_no_gate_are_not_judged(positives: int, at_gate: float) -> None:
    quality = judge_quality(answers(positives, 0.0), at_gate, *DRAWN)
    assert not quality.judged
    assert not quality.fallen
    assert np.isnan(quality.average_precision)
    assert f"{positives} failing rows" in quality.summary


def test_no_answer_at_all_is_not_judged(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    assert not judge_quality(matured_answers(con, "7", NIGHT, settings.fleet, QUALITY_NIGHTS), 0.9, *DRAWN).judged
