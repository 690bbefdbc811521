"""Writing a fleet as the raw files a plant would drop: whole, or one file a day for each feed."""

import filecmp
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet

from simulator.fleet import SimulatedFleet

Split = Literal["none", "daily"]
FileFormat = Literal["csv", "csv.gz", "parquet"]


def write_drops(
    fleet: SimulatedFleet, folder: Path | str, split: Split = "none", file_format: FileFormat = "csv"
) -> list[Path]:
    """Write PdM_<feed>.<format> into `folder`, each file under a temporary name first; returns the paths written.

    `daily` names the day a row became known, PdM_telemetry_2025-01-03.csv: days without a row have no file, the
    maintenance from before the fleet's start is in its first day, late rows may come after its last, and
    PdM_machines is never split. The same fleet and options give the same bytes.
    Raises ValueError for an unknown option, or when the folder holds PdM files of another fleet, which all stay as they
    are.
    """
    if split not in get_args(Split):
        raise ValueError(f"split = {split!r} cannot be used; give one of {', '.join(get_args(Split))}.")
    if file_format not in get_args(FileFormat):
        raise ValueError(
            f"file_format = {file_format!r} cannot be used; give one of {', '.join(get_args(FileFormat))}."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    pieces = {
        folder / f"PdM_{feed}{day}.{file_format}": (rows, span)
        for feed, rows in fleet.feeds.items()
        for day, span in _split(fleet, feed, rows, split)
    }
    others = sorted(path.name for path in folder.glob("PdM_*") if path not in pieces)
    if others:
        raise ValueError(
            f"folder {folder} holds files of another fleet, such as {others[0]}; empty it or give another."
        )
    for path, (rows, span) in sorted(pieces.items(), key=lambda piece: not piece[0].exists()):  # refuse before writing
        _write(_table(rows if span is None else rows.iloc[span]), path, file_format)
    return sorted(pieces)


def _split(
    fleet: SimulatedFleet, feed: str, rows: pd.DataFrame, split: Split
) -> Iterator[tuple[str, np.ndarray | slice | None]]:
    """(suffix of the file name, positions of its rows), by the day a row became known."""
    if split == "none" or feed == "machines":
        yield "", None
        return
    known = rows["available_at" if "available_at" in rows else "datetime"].to_numpy().astype("datetime64[D]")
    known = np.maximum(known, fleet.spec.epoch.astype("datetime64[D]"))
    order = np.argsort(known, kind="stable")
    days, first = np.unique(known[order], return_index=True)
    for day, span in zip(days, np.split(order, first[1:]), strict=True):
        yield f"_{day}", span


def _table(rows: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)


def _write(table: pa.Table, path: Path, file_format: FileFormat) -> None:
    temporary = path.with_name(f".{path.name}.partial")
    try:
        with temporary.open("wb") as file:
            if file_format == "parquet":
                parquet.write_table(table, file, coerce_timestamps="us")
            elif file_format == "csv":
                _write_csv(table, file)
            else:
                # No name and no time in the gzip header: the same rows give the same bytes.
                with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=4, mtime=0) as packed:
                    _write_csv(table, packed)
        if path.exists() and not filecmp.cmp(temporary, path, shallow=False):
            raise ValueError(f"{path} holds other rows, perhaps of a real fleet; move it away or give another folder.")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_csv(table: pa.Table, file: io.BufferedWriter | gzip.GzipFile) -> None:
    file.write((",".join(table.column_names) + "\n").encode())
    csv.write_csv(table, file, csv.WriteOptions(include_header=False, quoting_style="none"))
