"""The mart in pandas, as the usual notebooks make it: time-based rolling by machine, `merge_asof` for everything else.

`python -m tests.benchmarks.peers.pandas_mart FOLDER OUT.parquet`: the feeds as Parquet files in, the mart out.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

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
    STATS,
    STEP,
    WINDOWS,
)  # fmt: skip


def mart(folder: Path) -> pd.DataFrame:
    feeds = {path.stem.removeprefix("PdM_"): _read(path) for path in folder.glob("PdM_*.parquet")}
    telemetry = feeds["telemetry"].sort_values(["machineID", "datetime"], ignore_index=True)
    spine = sensor_features(telemetry).sort_values("as_of", ignore_index=True)
    for frame in (
        error_counts(spine, feeds["errors"]),
        *(ages(spine, feeds[feed], kind, names) for feed, (kind, names) in AGES.items()),
        labels(spine, feeds["failures"], telemetry["datetime"].max()),
    ):
        spine = pd.concat([spine, frame], axis=1)
    return spine.merge(feeds["machines"], on="machineID", how="left")


def _read(path: Path) -> pd.DataFrame:
    """A feed; its moments in one unit, which `merge_asof` insists on."""
    frame = pd.read_parquet(path)
    return frame.assign(datetime=frame["datetime"].astype("datetime64[ns]")) if "datetime" in frame else frame


def sensor_features(telemetry: pd.DataFrame) -> pd.DataFrame:
    at_snapshot = (telemetry["datetime"].dt.hour % STEP == 0).to_numpy()
    found = telemetry.loc[at_snapshot, ["machineID", "datetime"]].reset_index(drop=True)
    found = found.rename(columns={"datetime": "as_of"})
    by_machine = telemetry.set_index("datetime").groupby("machineID")[list(SENSORS)]
    normal = baselines(by_machine, found)
    columns = {name: normal[name].to_numpy() for name in normal}
    for hours in WINDOWS:
        window = by_machine.rolling(f"{hours}h")
        for stat in STATS:
            values = _statistic(window, stat).to_numpy()[at_snapshot]
            columns |= {f"{sensor}_{stat}_{hours}h": values[:, at] for at, sensor in enumerate(SENSORS)}
        for sensor in SENSORS:
            apart = columns[f"{sensor}_mean_{hours}h"] - columns[f"{sensor}_baseline_mean"]
            spread = columns[f"{sensor}_baseline_sd"]
            columns[f"{sensor}_shift_{hours}h"] = apart / np.where(spread == 0, np.nan, spread)
    return pd.concat([found, pd.DataFrame(columns)], axis=1)


def baselines(by_machine: Any, found: pd.DataFrame) -> pd.DataFrame:
    """The statistics of the longest window ago: a row of `found` takes those that ended there."""
    window = by_machine.rolling(f"{BASELINE_HOURS - LONGEST}h")
    stats = {stat: _statistic(window, stat) for stat in ("n", "mean", "sd")}
    ended = pd.concat({f"{s}_baseline_{stat}": values[s] for stat, values in stats.items() for s in SENSORS}, axis=1)
    ended = ended.reset_index().assign(as_of=lambda rows: rows.pop("datetime") + pd.Timedelta(hours=LONGEST))
    normal = found.merge(ended, on=["machineID", "as_of"], how="left").drop(columns=["machineID", "as_of"])
    for sensor in SENSORS:
        n = normal[f"{sensor}_baseline_n"].fillna(0).astype("int32")
        normal[f"{sensor}_baseline_n"] = n
        normal.loc[n < LEAST_BASELINE, [f"{sensor}_baseline_mean", f"{sensor}_baseline_sd"]] = np.nan
    return normal


def _statistic(window: Any, stat: str) -> pd.DataFrame:
    found: pd.DataFrame = getattr(window, {"sd": "std", "n": "count"}.get(stat, stat))()
    return found.astype("int32") if stat == "n" else found


def error_counts(spine: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """Counts in (as_of - window, as_of] as differences of running counts."""
    running = errors.sort_values("datetime")[["machineID", "datetime"]].assign(
        **{code: (errors.sort_values("datetime")["errorID"] == code).astype("int32") for code in CODES}
    )
    running[list(CODES)] = running.groupby("machineID")[list(CODES)].cumsum()
    now = _running_at(spine, running, 0)
    found = pd.DataFrame(
        {
            name: now[code].to_numpy() - before[code].to_numpy()
            for hours in WINDOWS
            for before in [_running_at(spine, running, hours)]
            for code, name in COUNTS[hours].items()
        }
    )
    totals = {name: found[list(COUNTS[hours].values())].sum(axis=1) for hours, name in ALL_COUNTS.items()}
    return found.assign(**totals)


def _running_at(spine: pd.DataFrame, running: pd.DataFrame, hours_ago: int) -> pd.DataFrame:
    at = spine[["machineID", "as_of"]].assign(as_of=spine["as_of"] - pd.Timedelta(hours=hours_ago))
    found = pd.merge_asof(at, running, left_on="as_of", right_on="datetime", by="machineID")
    return found[list(CODES)].fillna(0).astype("int32")


def ages(spine: pd.DataFrame, events: pd.DataFrame, kind: str, names: dict[str, str]) -> pd.DataFrame:
    found = {}
    for code, name in names.items():
        last = events.loc[events[kind] == code, ["machineID", "datetime"]].sort_values("datetime")
        seen = pd.merge_asof(spine[["machineID", "as_of"]], last, left_on="as_of", right_on="datetime", by="machineID")
        found[name] = (seen["as_of"] - seen["datetime"]).dt.total_seconds() / 3600
    return pd.DataFrame(found)


def labels(spine: pd.DataFrame, failures: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    horizon = pd.Timedelta(hours=HORIZON_HOURS)
    found = {}
    for component in COMPONENTS:
        due = failures.loc[failures["failure"] == component, ["machineID", "datetime"]].sort_values("datetime")
        seen = pd.merge_asof(spine[["machineID", "as_of"]], due, left_on="as_of", right_on="datetime", by="machineID",
                             direction="forward", allow_exact_matches=False, tolerance=horizon)  # fmt: skip
        found[f"fails_{component}"] = seen["datetime"].notna().astype("Int8")
    table = pd.DataFrame(found)
    table["fails_any"] = table.max(axis=1)
    table.loc[(spine["as_of"] + horizon > until).to_numpy()] = pd.NA
    return table


if __name__ == "__main__":
    mart(Path(sys.argv[1])).to_parquet(sys.argv[2], index=False)
