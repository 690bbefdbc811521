"""Labels of further horizons, joined to the rows that ask for them: what was not due or known then is not told."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from ml.mart.horizon_labels import load_horizon_labels
from settings import Settings

H = timedelta(hours=1)
START = datetime(2025, 1, 1, 6)
KNOWN_BY = START + 100 * H


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """One machine each hour, which fails within 48 h at odd hours; of the third hour something was known late."""
    with duckdb.connect() as con:
        con.execute(
            "create table horizon_labels as select 'm' as machine_id, timestamp '2025-01-01 06:00' + interval (n) hour "
            "as as_of, (n % 2)::int as fails_within_48h, null::int as fails_within_72h, case when n = 3 then "
            f"timestamp '{KNOWN_BY}' + interval 1 second when n = 5 then timestamp '{KNOWN_BY}' end as known_at "
            "from range(60) as moments (n)"
        )
        yield con


def rows(*hours: int, machine: str = "m") -> pd.DataFrame:
    moments = pd.Series([START + n * H for n in hours], dtype="datetime64[us]")
    return pd.DataFrame({"machine_id": machine, "as_of": moments})


def test_each_row_has_its_own_label_in_its_place(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    asked = pd.concat([rows(7, 2, 1), rows(7, machine="other")], ignore_index=True).iloc[::-1]
    found = load_horizon_labels(con, asked, settings.fleet, (48, 72), KNOWN_BY)
    assert list(found) == [48, 72]
    assert found.index.equals(asked.index)
    assert np.array_equal(found.loc[[0, 1, 2, 3], 48], [1.0, 0.0, 1.0, np.nan], equal_nan=True)
    assert found[72].isna().all()


def test_what_was_known_too_late_or_is_not_due_yet_is_not_told(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    found = load_horizon_labels(con, rows(3, 5, 52, 53), settings.fleet, (48,), KNOWN_BY)[48]
    assert np.array_equal(found, [np.nan, 1.0, 0.0, np.nan], equal_nan=True)
    slow = settings.fleet.model_copy(update={"found_within_hours": 1})
    assert load_horizon_labels(con, rows(52), slow, (48,), KNOWN_BY)[48].isna().all()


def test_a_warehouse_of_before_tells_nothing(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    found = load_horizon_labels(con, rows(1), settings.fleet, (48, 96), KNOWN_BY)
    assert found[48].tolist() == [1.0]
    assert found[96].isna().all()
    con.execute("drop table horizon_labels")
    assert load_horizon_labels(con, rows(1), settings.fleet, (48,), KNOWN_BY)[48].isna().all()
    assert load_horizon_labels(con, rows(), settings.fleet, (48,), KNOWN_BY).shape == (0, 1)
