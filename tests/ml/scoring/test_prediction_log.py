from datetime import datetime

import duckdb
import pandas as pd
import pytest

from ml.scoring.prediction_log import write_predictions


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema ml")
    con.execute("""
        create table ml.prediction_log (
            machine_id varchar, as_of timestamp, failure_probability double, model_version varchar,
            features_hash varchar, scored_at timestamp
        )
    """)
    return con


def night(probability: float, features: str = "f1", version: str = "1") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "machine_id": ["a'; drop table x; --", "b"],
            "as_of": datetime(2025, 1, 1, 6),
            "failure_probability": probability,
            "model_version": version,
            "features_hash": features,
            "scored_at": datetime(2025, 1, 2),
        }
    )


def answers(con: duckdb.DuckDBPyConnection) -> list[tuple[float, str, str]]:
    columns = "failure_probability, features_hash, model_version"
    return con.execute(f"select {columns} from ml.prediction_log where machine_id = 'b' order by all").fetchall()


def test_scoring_again_leaves_no_duplicate(con: duckdb.DuckDBPyConnection) -> None:
    write_predictions(con, night(0.1))
    write_predictions(con, night(0.1))
    assert answers(con) == [(0.1, "f1", "1")]


def test_a_restated_night_keeps_the_earlier_answer(con: duckdb.DuckDBPyConnection) -> None:
    write_predictions(con, night(0.1))
    write_predictions(con, night(0.7, features="f2"))
    write_predictions(con, night(0.2, version="2"))
    assert answers(con) == [(0.1, "f1", "1"), (0.2, "f1", "2"), (0.7, "f2", "1")]


def test_a_failed_write_leaves_the_night_as_it_was(con: duckdb.DuckDBPyConnection) -> None:
    write_predictions(con, night(0.1))
    broken = night(0.9).assign(failure_probability="not a number")
    with pytest.raises(duckdb.Error):
        write_predictions(con, broken)
    assert answers(con) == [(0.1, "f1", "1")]


def test_what_a_silent_machine_has_not_got_is_null(con: duckdb.DuckDBPyConnection) -> None:
    write_predictions(con, night(float("nan")).assign(features_hash=None))
    found = con.execute("select failure_probability, features_hash from ml.prediction_log").fetchall()
    assert found == [(None, None)] * 2
