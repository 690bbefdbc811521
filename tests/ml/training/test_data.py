"""What is loaded to train and to judge: only rows whose outcome is known."""

from datetime import datetime

import duckdb
import pandas as pd

from ml.training.data import load_held_out
from settings import Settings


def test_no_row_is_held_out_whose_outcome_is_not_known(settings: Settings) -> None:
    nights = pd.date_range("2025-01-01 06:00", periods=6).astype("datetime64[us]")
    mart = pd.DataFrame({"machine_id": "m1", "as_of": nights, "label_status": ["mature"] * 4 + ["pending", "censored"]})
    failures = pd.DataFrame(
        {"machine_id": ["m1"], "component": ["c"], "failed_at": [nights[3]], "known_at": [nights[3]]}
    )
    with duckdb.connect() as con:
        con.register("feature_mart", mart)
        con.register("outages", failures)
        held_out = load_held_out(con, nights[0].to_pydatetime(), datetime(2025, 2, 1), settings.fleet)
    assert held_out.grid["as_of"].tolist() == nights[1:4].tolist()
    assert held_out.nightly.equals(held_out.grid)
    assert held_out.failures["failed_at"].tolist() == [nights[3]]
