"""What-if in bulk: rows as Parquet or as JSON lines, answered by `answer` and `conclude` as a night's are."""

import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ml.mart.silence import reading_counts
from ml.scoring.score import answer, columns_to_score, conclude
from serving.champion import Champion
from serving.problems import Problem
from serving.what_if import WORD_COLUMNS, check_columns
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
    return predictions.to_json(orient="records", lines=True, date_format="iso", date_unit="s").encode()


def _parquet_rows(body: bytes, most_bytes: int) -> pd.DataFrame:
    try:
        file = pq.ParquetFile(io.BytesIO(body))
        groups = [file.metadata.row_group(at) for at in range(file.metadata.num_row_groups)]
        _require_few(file.metadata.num_rows)
        if sum(group.total_byte_size for group in groups) > most_bytes:
            raise Problem(413, "That table is far larger unpacked than it was sent: send it in parts.")
        rows: pd.DataFrame = file.read().to_pandas()
        return rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Problem(422, f"This is no Parquet file that can be read: {str(error).partition(chr(10))[0]}") from None


def _json_rows(body: bytes) -> Iterable[dict[str, object]]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    _require_few(len(lines))
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise Problem(422, f"Line {number} is no JSON.") from None
        if not isinstance(row, dict):
            raise Problem(422, f"Line {number} is no JSON object.")
        yield row


def _require_few(rows: int) -> None:
    if rows > MOST_BATCH_ROWS:
        raise Problem(413, f"{rows:,} rows are more than the {MOST_BATCH_ROWS:,} that are taken at once.")


def _typed(rows: pd.DataFrame, numbers: Sequence[str], now: datetime) -> pd.DataFrame:
    known = {name: rows[name] for name in rows.columns if isinstance(name, str)}
    known |= {name: _numbers(rows[name]) for name in numbers}
    known["machine_id"] = rows["machine_id"].astype(str) if "machine_id" in rows else pd.Series(rows.index.astype(str))
    if "as_of" not in rows:
        known["as_of"] = pd.Series(np.datetime64(now, "us"), index=rows.index)
    for name in ("model", "age"):  # reasons quote them, be they features or not
        known.setdefault(name, pd.Series(None, index=rows.index, dtype=object))
    return pd.DataFrame(known)


def _numbers(values: "pd.Series[float]") -> "pd.Series[float]":
    try:
        return values.astype("float64")
    except (TypeError, ValueError):
        raise Problem(422, f"{values.name} holds what is no number.") from None
