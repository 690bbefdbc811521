"""The mart in DuckDB, one hand-written query a table: 3-hour sums as doubles, ROWS frames over them, ASOF joins.

`python -m tests.benchmarks.peers.duckdb_mart FOLDER OUT.duckdb`: the feeds as Parquet files in, the tables out.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

from tests.benchmarks.peers.task import (
    AGES,
    ALL_COUNTS,
    BASELINE_HOURS,
    COMPONENTS,
    COUNTS,
    HORIZON_HOURS,
    LABELS,
    LEAST_BASELINE,
    LONGEST,
    SENSORS,
    STEP,
    WINDOWS,
)  # fmt: skip

SLOT = f"time_bucket(interval {STEP} hours, datetime + interval {STEP} hours - interval 1 microsecond)"


def tables() -> Iterator[tuple[str, str]]:
    """Name and query of each table, in order."""
    yield "buckets", f"select machineID, {SLOT} as as_of, {_sums()} from telemetry group by all"
    yield "sensor_features", f"select machineID, as_of, {_stats()} from (select *, {_normals()} from ({_windows()}))"
    yield (
        "error_features",
        f"""
        select buckets.machineID, as_of, {_counts()} from buckets
        left join errors on errors.machineID = buckets.machineID and errors.datetime <= as_of
            and errors.datetime > as_of - interval {max(WINDOWS)} hours
        group by all""",
    )
    for feed, (kind, names) in AGES.items():
        yield f"{feed}_ages", _ages(feed, kind, names)
    yield (
        "failure_labels",
        f"""
        with found as (
            select buckets.machineID, as_of, {_fails()} from buckets
            left join failures on failures.machineID = buckets.machineID and failures.datetime > as_of
                and failures.datetime <= as_of + interval {HORIZON_HOURS} hours
            group by all
        )
        select machineID, as_of, {_labels()} from found""",
    )
    yield (
        "feature_mart",
        """
        select * from failure_labels join sensor_features using (machineID, as_of)
        join error_features using (machineID, as_of) join errors_ages using (machineID, as_of)
        join maint_ages using (machineID, as_of) join failures_ages using (machineID, as_of)
        left join machines using (machineID) order by as_of, machineID""",
    )


def _sums() -> str:
    return ", ".join(
        f"count({s}) as {s}_n, sum({s}) as {s}_sum, sum({s} * {s}) as {s}_squares, min({s}) as {s}_low, "
        f"max({s}) as {s}_high"
        for s in SENSORS
    )


def _windows() -> str:
    parts = (("n", "sum"), ("sum", "sum"), ("squares", "sum"), ("low", "min"), ("high", "max"))
    columns = ", ".join(f"{how}({s}_{part}) over w{hours} as {s}_{part}_{hours}"
                        for s in SENSORS for hours in WINDOWS for part, how in parts)  # fmt: skip
    base = ", ".join(f"sum({s}_{part}) over base as {s}_{part}_base" for s in SENSORS for part, _ in parts[:3])
    frames = ", ".join(
        f"w{hours} as (partition by machineID order by as_of "
        f"rows between {hours // STEP - 1} preceding and current row)"
        for hours in WINDOWS
    )
    before = f"rows between {BASELINE_HOURS // STEP - 1} preceding and {LONGEST // STEP} preceding"
    frames += f", base as (partition by machineID order by as_of {before})"
    return f"select machineID, as_of, {columns}, {base} from buckets window {frames}"


def _sd(s: str, span: str) -> str:
    n, total, squares = (f"{s}_{part}_{span}" for part in ("n", "sum", "squares"))
    return f"sqrt(greatest({squares} - {total} * {total} / {n}, 0) / nullif({n} - 1, 0))"


def _normals() -> str:
    return ", ".join(
        f"case when {s}_n_base >= {LEAST_BASELINE} then {s}_sum_base / {s}_n_base end as {s}_normal, "
        f"case when {s}_n_base >= {LEAST_BASELINE} then {_sd(s, 'base')} end as {s}_spread"
        for s in SENSORS
    )


def _stats() -> str:
    normals = ", ".join(
        f"coalesce({s}_n_base, 0)::int as {s}_baseline_n, {s}_normal as {s}_baseline_mean, "
        f"{s}_spread as {s}_baseline_sd"
        for s in SENSORS
    )
    return f"{normals}, " + ", ".join(
        f"{s}_n_{h}::int as {s}_n_{h}h, {s}_sum_{h} / {s}_n_{h} as {s}_mean_{h}h, {_sd(s, str(h))} as {s}_sd_{h}h, "
        f"{s}_low_{h} as {s}_min_{h}h, {s}_high_{h} as {s}_max_{h}h, "
        f"({s}_sum_{h} / {s}_n_{h} - {s}_normal) / nullif({s}_spread, 0) as {s}_shift_{h}h"
        for s in SENSORS
        for h in WINDOWS
    )


def _counts() -> str:
    return ", ".join(
        f"count(*) filter (where {test} and errors.datetime > as_of - interval {hours} hours)::int as {name}"
        for hours in WINDOWS
        for test, name in (("true", ALL_COUNTS[hours]), *((f"errorID = '{c}'", n) for c, n in COUNTS[hours].items()))
    )


def _ages(feed: str, kind: str, names: dict[str, str]) -> str:
    joins = "\n".join(
        f"asof left join (select * from {feed} where {kind} = '{c}') as {c} "
        f"on {c}.machineID = buckets.machineID and {c}.datetime <= as_of"
        for c in names
    )
    ages = ", ".join(f"epoch_us(as_of - {c}.datetime) / 3.6e9 as {name}" for c, name in names.items())
    return f"select buckets.machineID, as_of, {ages} from buckets {joins}"


def _fails() -> str:
    flags = [("any", "failure is not null"), *((c, f"failure = '{c}'") for c in COMPONENTS)]
    return ", ".join(f"count(*) filter (where {test}) > 0 as fails_{name}" for name, test in flags)


def _labels() -> str:
    pending = f"as_of + interval {HORIZON_HOURS} hours > (select max(as_of) from buckets)"
    return ", ".join(f"case when not {pending} then {name}::int end as {name}" for name in LABELS)


def build(folder: Path, out: Path) -> None:
    with duckdb.connect(str(out)) as con:
        con.execute("set threads = 2; set memory_limit = '8GB'; set preserve_insertion_order = true")
        for feed in ("telemetry", "errors", "maint", "failures", "machines"):
            con.execute(f"create view {feed} as select * from read_parquet('{folder}/PdM_{feed}.parquet')")
        for name, query in tables():
            con.execute(f"create table {name} as {query}")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
