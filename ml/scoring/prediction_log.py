"""Writing predictions: a night is replaced whole, in one transaction, and what an earlier run said stays readable."""

import duckdb
import pandas as pd
import pyarrow as pa

TABLE = "ml.prediction_log"


def write_predictions(con: duckdb.DuckDBPyConnection, predictions: pd.DataFrame) -> int:
    """Add `predictions` to the log; returns the rows written.

    A row answers for its machine, night, model version and features. Scoring the same features again replaces the
    row; features that have changed, because data came late, add a new one. The dbt model `predictions` shows the last.
    """
    columns = ", ".join(f'"{name}"' for name in predictions.columns)
    # As Arrow, which DuckDB reads in parallel and without asking Python for each word.
    con.register("new_predictions", pa.Table.from_pandas(predictions, preserve_index=False))
    con.begin()
    try:
        con.execute(f"""
            delete from {TABLE} using new_predictions
            where {TABLE}.machine_id = new_predictions.machine_id
                and {TABLE}.as_of = new_predictions.as_of
                and {TABLE}.model_version = new_predictions.model_version
                and {TABLE}.features_hash = new_predictions.features_hash
        """)
        con.execute(f"insert into {TABLE} ({columns}) select {columns} from new_predictions")
        con.commit()
    except BaseException:
        con.rollback()
        raise
    finally:
        con.unregister("new_predictions")
    return len(predictions)
