"""Readings that stay away: each sensor's share of lost readings, judged as soon as one night shows it.

No feature of the model need notice a sensor that sends less: a mean of nine readings looks like one of ten. So each
sensor has a column of its own, the share of the readings due in the last day that did not come. Its growth is tested
twice, on the latest nights alone and on the whole window: a feed that breaks is found overnight, a slow leak all the
same.
"""

import numpy as np
import pandas as pd

from ml.monitoring.distance import standard_error
from ml.monitoring.windows import Windows
from settings import Fleet

READINGS = "readings"
DAY = 24


def readings_column(sensor: str) -> str:
    return f"{sensor}_readings_lost"


def readings_lost(rows: pd.DataFrame, fleet: Fleet) -> pd.DataFrame:
    """Per row of the mart and sensor the share (0 to 1) of readings lost in the shortest window of a day or more."""
    window = min((hours for hours in fleet.windows_hours if hours >= DAY), default=max(fleet.windows_hours))
    due = window / fleet.telemetry_step_hours
    counts = {readings_column(sensor): rows[f"{sensor}_n_{window}h"] for sensor in fleet.sensors}
    return pd.DataFrame({name: (1 - n.fillna(0) / due).clip(lower=0.0) for name, n in counts.items()}, index=rows.index)


def judge_readings(windows: Windows, column: str) -> dict[str, object]:
    """The verdict on one column of `readings_lost`; its shares stand where other columns have their missing values."""
    ref, cur = (frame[column].to_numpy(dtype=np.float64) for frame in (windows.reference, windows.current))
    lost_ref = float(ref.mean()) if len(ref) else float("nan")
    whole = np.ones(len(cur), dtype=bool)
    found = [(_beyond_chance(windows, ref, cur, rows), rows) for rows in (windows.fresh, whole)] if len(cur) else []
    # The latest nights speak unless only the whole window has something to tell.
    hit, rows = next((pair for pair in found if pair[0]), found[0] if found else (False, whole))
    return {
        "method": "share_lost",
        "effect": float("nan"),
        "threshold": windows.thresholds.effect_size,
        "drifted": False,
        "missing_reference": lost_ref,
        "missing_current": float(cur[rows].mean()) if len(cur) else float("nan"),
        "missing_drifted": hit,
        "reference_rows": len(ref),
        "current_rows": int(rows.sum()),
        "judged": not windows.refusal,
        "reason": windows.refusal,
    }


def _beyond_chance(windows: Windows, ref: np.ndarray, cur: np.ndarray, rows: np.ndarray) -> bool:
    if windows.refusal:
        return False
    noise = windows.quantile * standard_error(ref, cur[rows], windows.machine_ref, windows.machine_cur[rows])
    return bool(cur[rows].mean() - ref.mean() >= max(windows.thresholds.missing_share, noise))
