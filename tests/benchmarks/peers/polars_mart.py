"""The mart in Polars, lazily, in one of three forms of the windows; the feeds as Parquet files in, the mart out.

`python -m tests.benchmarks.peers.polars_mart FOLDER OUT.parquet FORM`, where FORM is

- `rolling`: a time-based rolling group by over every reading, of which the snapshots are kept;
- `dynamic`: `group_by_dynamic` every 3 h with the window as its period;
- `two_level`: sums of 3 h once, then rolling sums over those.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl

from tests.benchmarks.peers.task import (
    AGES,
    ALL_COUNTS,
    BASELINE_HOURS,
    CODES,
    COMPONENTS,
    COUNTS,
    HORIZON_HOURS,
    LEAST_BASELINE,
    LONGEST,
    SENSORS,
    STEP,
    WINDOWS,
)  # fmt: skip

KEYS = ["machineID", "as_of"]


def mart(folder: Path, form: str) -> pl.LazyFrame:
    feeds = {name: pl.scan_parquet(folder / f"PdM_{name}.parquet")
             for name in ("telemetry", "errors", "maint", "failures", "machines")}  # fmt: skip
    telemetry = feeds["telemetry"].sort("machineID", "datetime")
    spine = FORMS[form](telemetry).sort("as_of")
    until = feeds["telemetry"].select(pl.col("datetime").max()).collect().item()
    spine = with_error_counts(spine, feeds["errors"])
    for feed, (kind, names) in AGES.items():
        spine = with_ages(spine, feeds[feed], kind, names)
    spine = with_labels(spine, feeds["failures"], until)
    return spine.join(feeds["machines"], on="machineID", how="left")


def rolling(telemetry: pl.LazyFrame) -> pl.LazyFrame:
    before = telemetry.rolling(
        "datetime", period=f"{BASELINE_HOURS - LONGEST}h", offset=f"-{BASELINE_HOURS}h", group_by="machineID"
    ).agg(_normals()).filter(pl.col("datetime").dt.hour() % STEP == 0)  # fmt: skip
    windows = _side_by_side(
        telemetry.rolling("datetime", period=f"{hours}h", group_by="machineID").agg(_stats(hours))
        .filter(pl.col("datetime").dt.hour() % STEP == 0)
        for hours in WINDOWS
    )  # fmt: skip
    return with_shifts(windows, before)


def dynamic(telemetry: pl.LazyFrame) -> pl.LazyFrame:
    found = (
        telemetry.group_by_dynamic(
            "datetime", every=f"{STEP}h", period=f"{hours}h", offset=f"-{hours}h", closed="right", label="right",
            group_by="machineID",
        ).agg(_stats(hours))
        for hours in WINDOWS
    )  # fmt: skip
    before = telemetry.group_by_dynamic(
        "datetime", every=f"{STEP}h", period=f"{BASELINE_HOURS - LONGEST}h", offset=f"-{BASELINE_HOURS}h",
        closed="right", label="right", group_by="machineID",
    ).agg(_normals()).with_columns(pl.col("datetime") + pl.duration(hours=LONGEST))  # fmt: skip
    return with_shifts(_side_by_side(found), before)


def two_level(telemetry: pl.LazyFrame) -> pl.LazyFrame:
    sums = [
        expression
        for sensor in SENSORS
        for expression in (
            pl.col(sensor).count().alias(f"{sensor}_n"), pl.col(sensor).sum().alias(f"{sensor}_sum"),
            (pl.col(sensor) * pl.col(sensor)).sum().alias(f"{sensor}_squares"),
            pl.col(sensor).min().alias(f"{sensor}_low"), pl.col(sensor).max().alias(f"{sensor}_high"),
        )
    ]  # fmt: skip
    buckets = telemetry.group_by_dynamic(
        "datetime", every=f"{STEP}h", closed="right", label="right", group_by="machineID"
    ).agg(sums)
    rolled = buckets.select(
        "machineID", pl.col("datetime").alias("as_of"),
        *(expression for sensor in SENSORS for hours in WINDOWS for expression in _from_sums(sensor, hours)),
        *(expression for sensor in SENSORS for expression in _normal_from_sums(sensor)),
    )  # fmt: skip
    return _shifted(rolled)


FORMS: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "rolling": rolling, "dynamic": dynamic, "two_level": two_level,
}  # fmt: skip


def _stats(hours: int) -> list[pl.Expr]:
    return [
        expression.alias(f"{sensor}_{stat}_{hours}h")
        for sensor in SENSORS
        for stat, expression in (
            ("mean", pl.col(sensor).mean()), ("sd", pl.col(sensor).std()), ("min", pl.col(sensor).min()),
            ("max", pl.col(sensor).max()), ("n", pl.col(sensor).count().cast(pl.Int32)),
        )
    ]  # fmt: skip


def _normals() -> list[pl.Expr]:
    return [
        expression.alias(f"{sensor}_baseline_{stat}")
        for sensor in SENSORS
        for stat, expression in (
            ("n", pl.col(sensor).count().cast(pl.Int32)), ("mean", pl.col(sensor).mean()), ("sd", pl.col(sensor).std())
        )
    ]  # fmt: skip


def with_shifts(windows: pl.LazyFrame, before: pl.LazyFrame) -> pl.LazyFrame:
    return _shifted(windows.join(before.rename({"datetime": "as_of"}), on=KEYS, how="left"))


def _shifted(spine: pl.LazyFrame) -> pl.LazyFrame:
    """Baselines where they have readings enough, and how far each window's mean is from them."""
    enough = {sensor: pl.col(f"{sensor}_baseline_n") >= LEAST_BASELINE for sensor in SENSORS}
    spine = spine.with_columns(
        *(pl.col(f"{sensor}_baseline_n").fill_null(0) for sensor in SENSORS),
        *(pl.when(enough[sensor]).then(pl.col(f"{sensor}_baseline_{stat}")).alias(f"{sensor}_baseline_{stat}")
          for sensor in SENSORS for stat in ("mean", "sd")),
    )  # fmt: skip
    return spine.with_columns(
        ((pl.col(f"{sensor}_mean_{hours}h") - pl.col(f"{sensor}_baseline_mean"))
         / pl.when(pl.col(f"{sensor}_baseline_sd") > 0).then(pl.col(f"{sensor}_baseline_sd")))
        .alias(f"{sensor}_shift_{hours}h")
        for sensor in SENSORS
        for hours in WINDOWS
    )  # fmt: skip


def _from_sums(sensor: str, hours: int) -> list[pl.Expr]:
    low, high = _rolled(sensor, "low", hours, "min"), _rolled(sensor, "high", hours, "max")
    n, total, squares = (_rolled(sensor, part, hours) for part in ("n", "sum", "squares"))
    return [
        n.cast(pl.Int32).alias(f"{sensor}_n_{hours}h"),
        (total / n).alias(f"{sensor}_mean_{hours}h"),
        _spread(n, total, squares).alias(f"{sensor}_sd_{hours}h"),
        low.alias(f"{sensor}_min_{hours}h"), high.alias(f"{sensor}_max_{hours}h"),
    ]  # fmt: skip


def _normal_from_sums(sensor: str) -> list[pl.Expr]:
    """The sums of the whole baseline without those of the longest window, which are there."""
    n, total, squares = (
        _rolled(sensor, part, BASELINE_HOURS) - _rolled(sensor, part, LONGEST) for part in ("n", "sum", "squares")
    )
    return [
        n.cast(pl.Int32).alias(f"{sensor}_baseline_n"), (total / n).alias(f"{sensor}_baseline_mean"),
        _spread(n, total, squares).alias(f"{sensor}_baseline_sd"),
    ]  # fmt: skip


def _rolled(sensor: str, part: str, hours: int, how: str = "sum") -> pl.Expr:
    column = pl.col(f"{sensor}_{part}")
    if part == "n":
        column = column.cast(pl.Int64)
    return getattr(column, f"rolling_{how}")(window_size=hours // STEP, min_samples=1).over("machineID")


def _spread(n: pl.Expr, total: pl.Expr, squares: pl.Expr) -> pl.Expr:
    return pl.when(n > 1).then(((squares - total * total / n) / (n - 1)).clip(lower_bound=0).sqrt())


def _side_by_side(frames: object) -> pl.LazyFrame:
    first, *others = [frame.rename({"datetime": "as_of"}) for frame in frames]
    for other in others:
        first = first.join(other, on=KEYS, how="inner")
    return first


def with_error_counts(spine: pl.LazyFrame, errors: pl.LazyFrame) -> pl.LazyFrame:
    """Counts in (as_of - window, as_of] as differences of running counts."""
    running = errors.sort("datetime").select(
        "machineID", "datetime",
        *((pl.col("errorID") == code).cast(pl.Int32).cum_sum().over("machineID").alias(code) for code in CODES),
    )  # fmt: skip
    names = {}
    for hours in (0, *WINDOWS):
        suffixed = {code: f"_{code}_{hours}" for code in CODES}
        names[hours] = suffixed
        moment = (pl.col("as_of") - pl.duration(hours=hours)).alias("_moment")
        spine = spine.with_columns(moment).join_asof(
            running.rename(suffixed), left_on="_moment", right_on="datetime", by="machineID", check_sortedness=False
        ).drop("datetime", strict=False)  # fmt: skip
    counted = [
        (pl.col(names[0][code]).fill_null(0) - pl.col(names[hours][code]).fill_null(0)).alias(name)
        for hours in WINDOWS
        for code, name in COUNTS[hours].items()
    ]
    spine = spine.with_columns(counted).drop("_moment", *(name for group in names.values() for name in group.values()))
    return spine.with_columns(
        pl.sum_horizontal(list(COUNTS[hours].values())).alias(name) for hours, name in ALL_COUNTS.items()
    )


def with_ages(spine: pl.LazyFrame, events: pl.LazyFrame, kind: str, names: dict[str, str]) -> pl.LazyFrame:
    for code, name in names.items():
        last = events.filter(pl.col(kind) == code).sort("datetime").select(
            "machineID", "datetime", pl.col("datetime").alias(name)
        )  # fmt: skip
        spine = spine.join_asof(last, left_on="as_of", right_on="datetime", by="machineID", check_sortedness=False)
        spine = spine.drop("datetime", strict=False).with_columns(
            ((pl.col("as_of") - pl.col(name)).dt.total_seconds() / 3600).alias(name)
        )
    return spine


def with_labels(spine: pl.LazyFrame, failures: pl.LazyFrame, until: object) -> pl.LazyFrame:
    horizon = pl.duration(hours=HORIZON_HOURS)
    for component in COMPONENTS:
        name = f"fails_{component}"
        due = failures.filter(pl.col("failure") == component).sort("datetime").select(
            "machineID", "datetime", pl.col("datetime").alias(name)
        )  # fmt: skip
        spine = spine.join_asof(
            due, left_on="as_of", right_on="datetime", by="machineID", strategy="forward", allow_exact_matches=False,
            check_sortedness=False,
        ).drop("datetime", strict=False)  # fmt: skip
        fails = (pl.col(name) <= pl.col("as_of") + horizon).fill_null(value=False).cast(pl.Int8)
        spine = spine.with_columns(
            pl.when(pl.col("as_of") + horizon > pl.lit(until)).then(None).otherwise(fails).alias(name)
        )
    return spine.with_columns(pl.max_horizontal([f"fails_{component}" for component in COMPONENTS]).alias("fails_any"))


if __name__ == "__main__":
    mart(Path(sys.argv[1]), sys.argv[3]).sink_parquet(sys.argv[2])
