"""Readings that stay away: each sensor's share of lost readings, judged as soon as one night shows it.

No feature of the model need notice a sensor that sends less: a mean of nine readings looks like one of ten. So each
sensor has a column of its own in `lost_readings`, the share of the readings due in the last day that did not come. Its
growth is tested twice, on the latest nights alone and on the whole window: a feed that breaks is found overnight, a
slow leak all the same.
"""

import numpy as np

from ml.monitoring.distance import standard_error
from ml.monitoring.windows import Windows

READINGS = "readings"


def judge_readings(windows: Windows, column: str) -> dict[str, object]:
    """The verdict on one column of `lost_readings`; its shares stand where other columns have their missing values."""
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
