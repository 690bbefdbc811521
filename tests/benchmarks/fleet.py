"""A demo fleet of any size as Parquet feeds, simulated in blocks so that no more than one is in memory."""

from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from simulator import FleetSpec, simulate

BLOCK = 1000
START = date(2025, 1, 1)


def write_fleet(folder: Path, machines: int, days: int) -> Path:
    """One `PdM_<feed>.parquet` a feed into `folder`, which is made here and returned; in time order within a block."""
    folder.mkdir(parents=True)
    with ExitStack() as open_files:
        writers: dict[str, pq.ParquetWriter] = {}
        for block, first in enumerate(range(0, machines, BLOCK)):
            spec = FleetSpec(machines=min(BLOCK, machines - first), days=days, start=START, seed=7 + block)
            for feed, rows in simulate(spec).feeds.items():
                part = pa.Table.from_pandas(rows.assign(machineID=rows["machineID"] + first), preserve_index=False)
                if feed not in writers:
                    path = folder / f"PdM_{feed}.parquet"
                    writers[feed] = open_files.enter_context(pq.ParquetWriter(path, part.schema))
                writers[feed].write_table(part.cast(writers[feed].schema))
    return folder
