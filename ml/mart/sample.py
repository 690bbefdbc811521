"""Drawing a training sample from the mart: every failing row, and a share of the others by a hash."""

from datetime import datetime

import duckdb
import pandas as pd

from ml.mart.columns import WEIGHT, MartColumns, sample_columns
from ml.mart.load import known_in_time
from settings import TrainingSettings

LEARNABLE = "as_of > ? and as_of <= ? and label_status = 'mature'"


def load_sample(
    con: duckdb.DuckDBPyConnection,
    start: datetime,
    end: datetime,
    training: TrainingSettings,
    columns: MartColumns,
    known_by: datetime | None = None,
) -> pd.DataFrame:
    """Mature rows with `start < as_of <= end` to learn from, with a `weight` each; `known_by` as in `load_mart`.

    Where they are more than `max_rows`, every failing row is kept and the others are drawn by a hash of machine and
    time, so that the same rows give the same sample; their weights stand for the rows left out.
    """
    learnable = " and ".join([LEARNABLE, *known_in_time(con, known_by)])
    [(failing, rows)] = con.execute(
        f"select count(*) filter (where fails_any = 1), count(*) from feature_mart where {learnable}", [start, end]
    ).fetchall()
    return draw_sample(con, start, end, share_drawn(failing, rows, training), training, columns, known_by)


def share_drawn(failing: int, rows: int, training: TrainingSettings) -> float:
    """The share of the rows without a failure that `max_rows` has room for; all of them where there are none."""
    others, room = rows - failing, max(training.max_rows - failing, failing, 1)
    return min(1.0, room / others) if others else 1.0


def draw_sample(
    con: duckdb.DuckDBPyConnection,
    start: datetime,
    end: datetime,
    share: float,
    training: TrainingSettings,
    columns: MartColumns,
    known_by: datetime | None = None,
) -> pd.DataFrame:
    """`load_sample` where the share of the rows without a failure is known."""
    names = ", ".join(sample_columns(columns))
    learnable = " and ".join([LEARNABLE, *known_in_time(con, known_by)])
    # 48 bits of MD5: an even number in [0, 1) that no version of the engine computes differently.
    drawn = f"('0x' || left(md5(machine_id || '|' || as_of || '|{training.seed:d}'), 12))::bigint / {2**48}"
    sql = (
        f"select {names}, case when fails_any = 1 then 1 else {1 / share!r} end as {WEIGHT} "
        f"from feature_mart where {learnable} and (fails_any = 1 or {drawn} < {share!r}) order by as_of, machine_id"
    )
    return con.execute(sql, [start, end]).df().astype({WEIGHT: "float64"})
