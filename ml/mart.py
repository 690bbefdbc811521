"""Reading the feature mart into frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from settings import Settings, Training

ANY = "any"
WEIGHT = "weight"
LEARNABLE = "as_of > ? and as_of <= ? and label_status = 'mature'"


@dataclass(frozen=True)
class MartColumns:
    """What the mart's columns are for. `targets` are `any` and the components; `label(target)` is a target's column."""

    features: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def categorical(self) -> tuple[str, ...]:
        return tuple(name for name in self.features if name == "model")

    @property
    def labels(self) -> list[str]:
        return [label(target) for target in self.targets]


def label(target: str) -> str:
    """The mart's label column of a target: `fails_any`, `fails_comp1`."""
    return f"fails_{target}"


def mart_columns(con: duckdb.DuckDBPyConnection, settings: Settings) -> MartColumns:
    """A model's features are what the mart holds beyond keys and labels, without what `training.leave_out` names."""
    targets = (ANY, *settings.fleet.components)
    known = {"machine_id", "as_of", "label_status", *(label(target) for target in targets)}
    names = [row[0] for row in con.execute("select column_name from (describe feature_mart)").fetchall()]
    left_out = settings.workspace.training.leave_out
    features = [name for name in names if name not in known and not any(fnmatch(name, out) for out in left_out)]
    return MartColumns(tuple(features), targets)


def load_mart(
    con: duckdb.DuckDBPyConnection,
    start: datetime,
    end: datetime,
    *,
    mature_only: bool = False,
    hour: int | None = None,
) -> pd.DataFrame:
    """Mart rows with `start < as_of <= end`, ordered by as_of and machine.

    `mature_only` keeps rows whose label is known; `hour` keeps one hour of the day.
    """
    conditions = ["as_of > ?", "as_of <= ?"]
    if mature_only:
        conditions.append("label_status = 'mature'")
    if hour is not None:
        conditions.append(f"extract(hour from as_of) = {hour:d} and extract(minute from as_of) = 0")
    sql = f"select * from feature_mart where {' and '.join(conditions)} order by as_of, machine_id"
    return con.execute(sql, [start, end]).df()


def load_night(con: duckdb.DuckDBPyConnection, as_of: datetime, columns: Sequence[str]) -> pd.DataFrame:
    """The mart's rows at `as_of` as they lie: machine_id, as_of, and those of `columns` that the mart has.

    Each column stays the array that DuckDB made; a million machines are neither sorted nor copied on the way.
    """
    known = [row[0] for row in con.execute("select column_name from (describe feature_mart)").fetchall()]
    names = dict.fromkeys(["machine_id", "as_of", *(name for name in columns if name in known)])
    found = con.execute(f"select {', '.join(names)} from feature_mart where as_of = ?", [as_of]).fetchnumpy()
    return pd.DataFrame({name: _plain(found[name]) for name in names}, copy=False)


def load_sample(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, training: Training, columns: MartColumns
) -> pd.DataFrame:
    """Mature rows with `start < as_of <= end` to learn from, with a `weight` each.

    Where they are more than `max_rows`, every failing row is kept and the others are drawn by a hash of machine and
    time, so that the same rows give the same sample; their weights stand for the rows left out.
    """
    [(failing, rows)] = con.execute(
        f"select count(*) filter (where fails_any = 1), count(*) from feature_mart where {LEARNABLE}", [start, end]
    ).fetchall()
    return draw_sample(con, start, end, share_drawn(failing, rows, training), training, columns)


def share_drawn(failing: int, rows: int, training: Training) -> float:
    """The share of the rows without a failure that `max_rows` has room for; all of them where there are none."""
    others, room = rows - failing, max(training.max_rows - failing, failing, 1)
    return min(1.0, room / others) if others else 1.0


def draw_sample(
    con: duckdb.DuckDBPyConnection,
    start: datetime,
    end: datetime,
    share: float,
    training: Training,
    columns: MartColumns,
) -> pd.DataFrame:
    """`load_sample` where the share of the rows without a failure is known."""
    names = ", ".join(sample_columns(columns))
    # 48 bits of MD5: an even number in [0, 1) that no version of the engine computes differently.
    drawn = f"('0x' || left(md5(machine_id || '|' || as_of || '|{training.seed:d}'), 12))::bigint / {2**48}"
    sql = (
        f"select {names}, case when fails_any = 1 then 1 else {1 / share!r} end as {WEIGHT} "
        f"from feature_mart where {LEARNABLE} and (fails_any = 1 or {drawn} < {share!r}) order by as_of, machine_id"
    )
    return con.execute(sql, [start, end]).df().astype({WEIGHT: "float64"})


def sample_columns(columns: MartColumns) -> list[str]:
    """The mart's columns of a training sample, in order."""
    return ["machine_id", "as_of", "label_status", *columns.labels, *columns.features]


def load_failures(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every failure on record: machine_id, component, failed_at."""
    return con.execute("select machine_id, component, event_at as failed_at from stg_failures order by all").df()


def model_inputs(frame: pd.DataFrame, features: Sequence[str], categorical: Sequence[str]) -> pd.DataFrame:
    """The feature columns as the model takes them: numbers as float64, NULL as NaN, categories as text."""
    inputs = {
        name: _words(frame[name]) if name in categorical else frame[name].astype("float64", copy=False)
        for name in features
    }
    return pd.DataFrame(inputs, index=frame.index, copy=False)


def _words(values: "pd.Series[str]") -> NDArray[np.object_]:
    codes, words = pd.factorize(values)
    return np.array([*map(str, words), "unknown"], dtype=object)[codes]  # what is missing has the code -1


def _plain(values: Any) -> NDArray[Any]:
    """What DuckDB masks, as pandas says it: None among words, NaN among numbers, no time among times."""
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    plain = values.data.astype("float64") if values.dtype.kind in "iuf" else values.data.copy()
    plain[np.ma.getmaskarray(values)] = {"O": None, "M": np.datetime64("NaT")}.get(values.dtype.kind, np.nan)
    return np.asarray(plain)
