"""What-if in bulk: rows as Parquet or as JSON lines, answered by `answer` and `conclude` as a night's are."""

import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_numeric_dtype

from ml.mart.silence import reading_counts
from ml.scoring.score import answer, columns_to_score, conclude
from serving.champion import Champion
from serving.problems import Problem
from serving.schemas.base import is_text
from serving.what_if import MACHINE_COLUMN, WORD_COLUMNS, check_columns
from settings import Settings

PARQUET_TYPE, LINES_TYPE = "application/vnd.apache.parquet", "application/x-ndjson"
READS_AS_LINES = (LINES_TYPE, "application/jsonl", "application/jsonlines")
MOST_BATCH_ROWS, MOST_REASONED = 200_000, 1_000
UNPACKED = 20  # times the bytes of a body: a small file may hold a huge table
UNHEARD = "heard"


def rows_of(body: bytes, media_type: str, most_bytes: int) -> pd.DataFrame:
    """The rows of a body. Raises Problem for what is neither, damaged, empty or too large."""
    if media_type == PARQUET_TYPE:
        rows = _parquet_rows(body, UNPACKED * most_bytes)
    elif media_type in READS_AS_LINES:
        rows = pd.DataFrame([*_json_rows(body)])
    else:
        raise Problem(415, f"Send rows as {PARQUET_TYPE} or as {LINES_TYPE}, and say so in Content-Type.")
    if rows.empty:
        raise Problem(422, "There is no row in it.")
    return rows


def score_batch(
    rows: pd.DataFrame, champion: Champion, settings: Settings, now: datetime, reasons: bool
) -> pd.DataFrame:
    """The answers as rows of `predictions`, in the order of `rows`; `machine_id` and `as_of` are those that it has.

    Rows without counts of readings are taken for heard. Raises Problem where a feature is missing or no number, and
    for `reasons` of more than MOST_REASONED rows.
    """
    if reasons and len(rows) > MOST_REASONED:
        raise Problem(
            413, f"Reasons are told of {MOST_REASONED:,} rows at once and no more: leave them out, or ask again."
        )
    check_columns([*rows.columns], champion)
    counts = [name for name in reading_counts(settings.fleet, settings.workspace.scoring) if name in rows]
    numbers = [name for name in columns_to_score(champion.model, settings.fleet, settings.workspace.scoring)
               if name in rows and name not in WORD_COLUMNS]  # fmt: skip
    known = _typed(rows, numbers, now)
    if not counts:
        known[UNHEARD], counts = 1.0, [UNHEARD]
    fleet = settings.fleet
    answers = answer(known, champion.model, fleet.components, fleet.further_horizons, counts)
    return conclude(
        answers, (lambda told: known[told]) if reasons else None, champion.model, champion.version, settings, now
    )


def as_body(predictions: pd.DataFrame, media_type: str) -> bytes:
    """Predictions as Parquet or as JSON lines."""
    if media_type == PARQUET_TYPE:
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pandas(predictions, preserve_index=False), sink)
        return sink.getvalue()
    columns = {str(name): _cells(values) for name, values in predictions.items()}
    rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))
    return "".join(f"{json.dumps(row, ensure_ascii=False, default=_iso)}\n" for row in rows).encode()


def _cells(values: "pd.Series[float]") -> list[object]:
    return [None if none else cell for cell, none in zip(values.tolist(), values.isna().tolist(), strict=True)]


def _iso(moment: datetime) -> str:
    return moment.isoformat()


def _parquet_rows(body: bytes, most_bytes: int) -> pd.DataFrame:
    try:
        file = pq.ParquetFile(io.BytesIO(body))
        groups = [file.metadata.row_group(at) for at in range(file.metadata.num_row_groups)]
        _require_few(file.metadata.num_rows)
        if sum(group.total_byte_size for group in groups) > most_bytes:
            raise Problem(413, "That table is far larger unpacked than it was sent: send it in parts.")
        if twice := [name for name, count in Counter(file.schema_arrow.names).items() if count > 1]:
            raise Problem(422, f"The column {twice[0]} is there more than once: send each once.")
        # As it is written: what pandas had made its index is a column, and rows are numbered anew.
        rows: pd.DataFrame = file.read().to_pandas(ignore_metadata=True)
        return rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Problem(422, f"This is no Parquet file that can be read: {str(error).partition(chr(10))[0]}") from None


def _json_rows(body: bytes) -> Iterable[dict[str, object]]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    _require_few(len(lines))
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line, parse_int=_whole)
        except (ValueError, RecursionError):
            raise Problem(422, f"Line {number} is no JSON.") from None
        if not isinstance(row, dict):
            raise Problem(422, f"Line {number} is no JSON object.")
        yield row


def _whole(digits: str) -> int | float:
    """A whole number as JSON writes it; one that no float holds is infinite, as it would be with a point."""
    number = float(digits)
    return int(digits) if math.isfinite(number) else number


def _require_few(rows: int) -> None:
    if rows > MOST_BATCH_ROWS:
        raise Problem(413, f"{rows:,} rows are more than the {MOST_BATCH_ROWS:,} that are taken at once.")


def _typed(rows: pd.DataFrame, numbers: Sequence[str], now: datetime) -> pd.DataFrame:
    known = {name: rows[name] for name in rows.columns if isinstance(name, str)}
    known |= {name: _numbers(rows[name]) for name in numbers}
    known |= {name: _texts(rows[name]) for name in WORD_COLUMNS if name in rows}
    if MACHINE_COLUMN not in rows:
        known[MACHINE_COLUMN] = pd.Series(rows.index.astype(str), index=rows.index)
    known["as_of"] = _moments(rows["as_of"]) if "as_of" in rows else pd.Series(np.datetime64(now, "us"), rows.index)
    for name in ("model", "age"):  # reasons quote them, be they features or not
        known.setdefault(name, pd.Series(None, index=rows.index, dtype=object))
    return pd.DataFrame(known)


def _numbers(values: "pd.Series[float]") -> "pd.Series[float]":
    try:
        return values.astype("float64")
    except (OverflowError, TypeError, ValueError):
        raise Problem(422, f"{values.name} holds what is no number.") from None


def _texts(values: "pd.Series[str]") -> "pd.Series[str]":
    """Words, and numbers as words; None for what is missing."""
    missing = values.isna()
    told = [None if none else str(cell) for cell, none in zip(values, missing, strict=True)]
    plain = all(isinstance(cell, str | float | int) for cell in values[~missing])
    if not plain or not is_text("".join(filter(None, told))):
        raise Problem(422, f"{values.name} holds what is no text.")
    return pd.Series(told, index=values.index, dtype=object)


def _moments(values: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
    """Times, naive UTC; those of JSON are text."""
    try:
        if is_numeric_dtype(values.dtype):
            raise ValueError(values.dtype)
        told = pd.to_datetime(values, format="ISO8601", utc=True)
    except (OverflowError, TypeError, ValueError):
        raise Problem(422, "as_of holds what is no time such as 2025-12-31T06:00:00.") from None
    return told.dt.tz_localize(None)
