"""Reading the feature mart into frames."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.mart.columns import ANY, label
from warehouse.tables import column_names, relations

LATE_LABELS = "late_labels"


def load_mart(
    con: duckdb.DuckDBPyConnection,
    start: datetime,
    end: datetime,
    *,
    mature_only: bool = False,
    hour: int | None = None,
    known_by: datetime | None = None,
) -> pd.DataFrame:
    """Mart rows with `start < as_of <= end`, ordered by as_of and machine.

    `mature_only` keeps rows whose label is known, and was at `known_by` where that is given; `hour` keeps one hour of
    the day.
    """
    conditions = ["as_of > ?", "as_of <= ?"]
    if mature_only:
        conditions += ["label_status = 'mature'", *known_in_time(con, known_by)]
    if hour is not None:
        conditions.append(_at(hour))
    return _load(con, "feature_mart", conditions, start, end)


def load_failing(con: duckdb.DuckDBPyConnection, until: datetime) -> pd.DataFrame:
    """machine_id and as_of of every mature row before a failure, up to `until` and with it."""
    failing = f"label_status = 'mature' and {label(ANY)} = 1"
    sql = f"select machine_id, as_of from feature_mart where as_of <= ? and {failing} order by all"
    return con.execute(sql, [until]).df()


def load_lost_readings(con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, *, hour: int) -> pd.DataFrame:
    """machine_id, as_of and each sensor's share of lost readings (0 to 1), for just the rows of `load_mart`."""
    return _load(con, "lost_readings", ["as_of > ?", "as_of <= ?", _at(hour)], start, end)


def _at(hour: int) -> str:
    return f"extract(hour from as_of) = {hour:d} and extract(minute from as_of) = 0"


def _load(
    con: duckdb.DuckDBPyConnection, relation: str, conditions: Sequence[str], start: datetime, end: datetime
) -> pd.DataFrame:
    sql = f"select * from {relation} where {' and '.join(conditions)} order by as_of, machine_id"
    return con.execute(sql, [start, end]).df()


def load_night(con: duckdb.DuckDBPyConnection, as_of: datetime, columns: Sequence[str]) -> pd.DataFrame:
    """The mart's rows at `as_of` as they lie: machine_id, as_of, and those of `columns` that the mart has.

    Each column stays the array that DuckDB made; a million machines are neither sorted nor copied on the way.
    """
    known = [row[0] for row in con.execute("select column_name from (describe feature_mart)").fetchall()]
    names = dict.fromkeys(["machine_id", "as_of", *(name for name in columns if name in known)])
    found = con.execute(f"select {', '.join(names)} from feature_mart where as_of = ?", [as_of]).fetchnumpy()
    return pd.DataFrame({name: _plain(found[name]) for name in names}, copy=False)


def count_failures(con: duckdb.DuckDBPyConnection, known_at: datetime) -> int:
    """How many failures, an outage once, were on record at a moment."""
    return int(con.execute("select count(*) from outages where known_at <= ?", [known_at]).fetchall()[0][0])


def known_in_time(con: duckdb.DuckDBPyConnection, known_by: datetime | None) -> list[str]:
    """Conditions, on rows of feature_mart, that leave out labels which were known only after `known_by`."""
    if known_by is None or f"main.{LATE_LABELS}" not in relations(con):  # a warehouse of an earlier version has none
        return []
    return [f"(machine_id, as_of) not in (select machine_id, as_of from {LATE_LABELS} where {known_after(known_by)})"]


def known_after(moment: datetime) -> str:
    """The rows of late_labels that were known after `moment`, as a condition in the SQL of both engines."""
    return f"known_at > cast('{moment.isoformat(sep=' ')}' as timestamp)"


def load_failures(con: duckdb.DuckDBPyConnection, known_by: datetime | None = None) -> pd.DataFrame:
    """Every failure on record, an outage once, that was known at `known_by`: machine_id, component, failed_at.

    `known_good_at`, where it failed at an unknown moment after that, up to failed_at; else no time.
    """
    known = "true" if known_by is None else f"not {known_after(known_by)}"
    since = "known_good_at" if "known_good_at" in column_names(con, "outages") else "null::timestamp"  # not yet rebuilt
    columns = f"machine_id, component, failed_at, {since} as known_good_at"
    return con.execute(f"select {columns} from outages where {known} order by all").df()


def _plain(values: NDArray[Any] | pd.Categorical) -> NDArray[Any]:
    """What DuckDB masks, as pandas says it: None among words, NaN among numbers, no time among times.

    Fractions keep their type: `features_hash` of a machine must not depend on what another one lacks.
    """
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    plain = values.data.astype("float64") if values.dtype.kind in "iu" else values.data.copy()
    plain[np.ma.getmaskarray(values)] = {"O": None, "M": np.datetime64("NaT")}.get(values.dtype.kind, np.nan)
    return np.asarray(plain)
