"""Judge whether the last nights still look like the data the model was trained on: one verdict a column.

A column has drifted when its distance reaches `drift.effect_size` (big enough to matter) and is more than chance
could do (see ml.monitoring.distance). Missing values are judged apart, and so are readings that stay away (see
ml.monitoring.lost_readings): a column drifts too when that share has grown by `drift.missing_share` and by more than
chance.
With fewer than `drift.min_rows` rows nothing is judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from ml.monitoring.distance import (
    Distance,
    as_categories,
    as_numbers,
    category_distance,
    is_number,
    number_distance,
    standard_error,
)
from ml.monitoring.lost_readings import READINGS, judge_readings
from ml.monitoring.windows import Windows, make_windows
from ml.wording import rate
from settings import DriftSettings

CLOCK = "clock"
TABLE_COLUMNS = (
    "as_of", "column_name", "kind", "method", "effect", "threshold", "drifted", "missing_reference",
    "missing_current", "missing_drifted", "reference_rows", "current_rows", "judged", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class DriftVerdict:
    """`table`: one row per judged column, of TABLE_COLUMNS; `windows`: what was judged; `summary`: a sentence."""

    table: pd.DataFrame
    windows: Windows
    summary: str
    as_of: datetime

    @property
    def judged(self) -> bool:
        """Whether both windows held enough to judge anything at all."""
        return bool(self.table["judged"].any())

    @property
    def drifted_columns(self) -> tuple[str, ...]:
        """The columns that drifted in value or lost readings, the farthest first."""
        hit = self.table[self.table["drifted"] | self.table["missing_drifted"]]
        return tuple(hit.sort_values("effect", ascending=False, na_position="first", kind="stable")["column_name"])

    @property
    def moved(self) -> bool:
        """Whether any column drifted in value: that is what a new model can learn, lost readings it cannot."""
        return bool(self.table["drifted"].any())


def judge_drift(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: Sequence[str],
    thresholds: DriftSettings,
    *,
    as_of: datetime,
    kinds: Mapping[str, str] | None = None,
    machine: str = "machine_id",
) -> DriftVerdict:
    """Compare each of `columns` between the two windows: one row a machine and night, with the `machine` column.

    `kinds` names what is not a 'feature'; READINGS are judged as ml.monitoring.lost_readings says, and a CLOCK
    (hours since an event) is granted the noise of events that few machines have. Raises ValueError when a frame lacks
    a column. Effects are in reference standard deviations for numbers and Jensen-Shannon distance for categories.
    """
    table, windows = judge_columns(reference, current, columns, thresholds, as_of=as_of, kinds=kinds, machine=machine)
    summary = summarise(table, windows)
    return DriftVerdict(table=table, windows=windows, summary=summary, as_of=as_of)


def judge_columns(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: Sequence[str],
    thresholds: DriftSettings,
    *,
    as_of: datetime,
    kinds: Mapping[str, str] | None = None,
    machine: str = "machine_id",
) -> tuple[pd.DataFrame, Windows]:
    """The verdict table alone, and the windows it was judged on."""
    for name, frame in (("reference", reference), ("current", current)):
        if absent := [column for column in (machine, *columns) if column not in frame.columns]:
            raise ValueError(f"The {name} window lacks the columns {', '.join(map(repr, absent))}.")
    windows = make_windows(reference, current, len(columns), thresholds, machine)
    heads = [{"as_of": as_of, "column_name": str(column), "kind": (kinds or {}).get(column, "feature")}
             for column in columns]  # fmt: skip
    judged = [judge_readings(windows, column) if head["kind"] == READINGS
              else _judge(windows, column, head["kind"] == CLOCK)
              for column, head in zip(columns, heads, strict=True)]  # fmt: skip
    table = pd.DataFrame([head | row for head, row in zip(heads, judged, strict=True)], columns=list(TABLE_COLUMNS))
    flags = dict.fromkeys(("drifted", "missing_drifted", "judged"), bool)
    numbers = dict.fromkeys(("effect", "threshold", "missing_reference", "missing_current"), float)
    return table.astype({**flags, **numbers, "reference_rows": int, "current_rows": int}), windows


def _judge(windows: Windows, column: str, clock: bool) -> dict[str, object]:
    ref, cur = windows.reference[column], windows.current[column]
    number = is_number(ref, cur)
    ref, cur = (as_numbers(ref), as_numbers(cur)) if number else as_categories(ref, cur)
    lost, lost_drifted = _missing(windows, ref, cur)
    effect, threshold, reason = _values(windows, ref, cur, number, clock)
    return {
        "method": "wasserstein" if number else "jensenshannon",
        "effect": effect,
        "threshold": threshold,
        "drifted": bool(effect >= threshold),
        "missing_reference": lost[0],
        "missing_current": lost[1],
        "missing_drifted": lost_drifted,
        "reference_rows": len(ref),
        "current_rows": len(cur),
        "judged": not windows.refusal,
        "reason": windows.refusal or reason,
    }


def _missing(windows: Windows, ref: pd.Series, cur: pd.Series) -> tuple[tuple[float, float], bool]:
    gone_ref, gone_cur = (values.isna().to_numpy().astype(np.float64) for values in (ref, cur))
    shares = tuple(float(gone.mean()) if len(gone) else float("nan") for gone in (gone_ref, gone_cur))
    if windows.refusal:
        return (shares[0], shares[1]), False
    noise = windows.quantile * standard_error(gone_ref, gone_cur, windows.machine_ref, windows.machine_cur)
    return (shares[0], shares[1]), shares[1] - shares[0] >= max(windows.thresholds.missing_share, noise)


def _values(windows: Windows, ref: pd.Series, cur: pd.Series, number: bool, clock: bool) -> tuple[float, float, str]:
    """Effect and threshold of what is not missing, NaN with the reason where too little is left."""
    limits = windows.thresholds
    if windows.refusal:
        return float("nan"), limits.effect_size, ""
    kept_ref, kept_cur = ref.notna().to_numpy(), cur.notna().to_numpy()
    for name, kept in (("current", kept_cur), ("reference", kept_ref)):
        if kept.sum() < limits.min_rows:
            few = f"{int(kept.sum()):,} values" if kept.any() else "no value"
            return float("nan"), limits.effect_size, f"{few} in the {name} window: judged by the missing share alone"
    machines = windows.machine_ref[kept_ref], windows.machine_cur[kept_cur]
    distance: Distance
    if number:
        distance = number_distance(ref[kept_ref].to_numpy(), cur[kept_cur].to_numpy(), *machines, clock=clock)
    else:
        distance = category_distance(ref[kept_ref], cur[kept_cur], *machines)
    noise = windows.quantile * distance.standard_error
    return distance.effect, max(limits.effect_size, noise), ""


def summarise(table: pd.DataFrame, windows: Windows) -> str:
    """The verdict in one sentence, for the morning page and the log."""
    if windows.refusal or table.empty:
        return f"Drift was not judged: {windows.refusal or 'no column was named'}."
    moved = table[table["drifted"]].sort_values("effect", ascending=False)
    lost = table[table["missing_drifted"]]
    rows = f"{len(windows.current):,} recent rows against {len(windows.reference):,}"
    if moved.empty and lost.empty:
        return f"No drift in {len(table)} columns ({rows})."
    parts = []
    if len(moved):
        names = [f"{row.column_name} by {row.effect:.2f} (limit {row.threshold:.2f})" for row in moved.itertuples()]
        parts.append(f"{len(moved)} of {len(table)} columns drifted: {_listed(names)}")
    if len(lost):
        shares = zip(lost["column_name"].tolist(), lost["missing_current"].tolist(), strict=True)
        names = [f"{name} ({rate(share, gap='')} missing)" for name, share in shares]
        parts.append(f"{len(lost)} of {len(table)} columns lost readings: {_listed(names)}")
    return f"{'; '.join(parts)} ({rows})."


def _listed(names: list[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
