"""Labels for the horizons beyond the first, which the view horizon_labels holds, joined to rows of the mart."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from ml.mart.columns import label
from ml.mart.load import known_after
from ml.mart.nights import label_delay
from settings import Fleet
from warehouse.tables import column_names, relations

HORIZON_LABELS = "horizon_labels"


def load_horizon_labels(
    con: duckdb.DuckDBPyConnection, rows: pd.DataFrame, fleet: Fleet, horizons: Sequence[int], known_by: datetime
) -> pd.DataFrame:
    """For each of `rows` (machine_id, as_of) whether anything fails within so many hours: a column a horizon, by hours.

    1, 0, or NaN where nobody can tell, where the label was not due or not known at `known_by`, or where the warehouse
    was built without that horizon. In the rows' index.
    """
    known = column_names(con, HORIZON_LABELS) if f"main.{HORIZON_LABELS}" in relations(con) else set()
    found = {hours: np.full(len(rows), np.nan) for hours in horizons}
    built = [hours for hours in horizons if _column(hours) in known]
    if built and len(rows):
        labels = _joined(con, rows, [_column(hours) for hours in built], known_by)
        for hours in built:
            due = (rows["as_of"] + label_delay(fleet, hours) <= known_by).to_numpy()
            found[hours] = np.where(due, labels[_column(hours)].to_numpy(dtype="float64", na_value=np.nan), np.nan)
    return pd.DataFrame(found, index=rows.index)


def horizon_target(hours: int) -> str:
    """What is learnt of a horizon; `label` of it is the view's column, `fails_within_48h`."""
    return f"within_{hours}h"


def _column(hours: int) -> str:
    return label(horizon_target(hours))


def _joined(
    con: duckdb.DuckDBPyConnection, rows: pd.DataFrame, columns: Sequence[str], known_by: datetime
) -> pd.DataFrame:
    keys = pa.table({
        "place": np.arange(len(rows)),
        "machine_id": pa.array(rows["machine_id"], pa.string()),
        "as_of": pa.array(rows["as_of"], pa.timestamp("us")),
    })  # fmt: skip
    con.register("asked_rows", keys)
    try:
        # The span is said apart, so that the view makes nothing beyond it.
        return con.execute(
            f"select {', '.join(f'labels.{name}' for name in columns)} from asked_rows left join "
            f"(select * from {HORIZON_LABELS} where as_of between ? and ? and not coalesce({known_after(known_by)}, "
            "false)) as labels using (machine_id, as_of) order by place",
            [rows["as_of"].min().to_pydatetime(), rows["as_of"].max().to_pydatetime()],
        ).df()
    finally:
        con.unregister("asked_rows")
