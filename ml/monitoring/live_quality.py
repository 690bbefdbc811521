"""How good the champion's answers were, on nights whose outcome was known by the night that asks.

Nothing later is looked at, in a backfill either: a failure that was reported after that night counts as not seen yet,
as it did then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from ml.mart.nights import label_delay
from ml.metrics.bootstrap import CONFIDENCE, average_precisions, interval, machine_weights
from settings import Fleet

MIN_POSITIVES = 5


@dataclass(frozen=True)
class Quality:
    """Average precision on matured nights with its interval, and the one that the gate saw; NaN where not known.

    `fallen`: even the interval's upper end is more than `retraining.quality_drop` below the gate's figure.
    """

    average_precision: float
    low: float
    high: float
    at_gate: float
    rows: int
    positives: int
    judged: bool
    fallen: bool

    @property
    def summary(self) -> str:
        """The verdict in one sentence."""
        if not self.judged:
            return f"Quality was not judged: {self.positives} failing rows among {self.rows:,} matured answers."
        words = "has fallen" if self.fallen else "holds"
        return (
            f"Quality {words}: average precision {self.average_precision:.2f} ({self.low:.2f} to {self.high:.2f}) on "
            f"{self.rows:,} matured answers, {self.at_gate:.2f} at its gate."
        )


def matured_answers(
    con: duckdb.DuckDBPyConnection, version: str, as_of: datetime, fleet: Fleet, nights: int
) -> pd.DataFrame:
    """What `version` answered on the last `nights` nights whose labels were known at `as_of`.

    Columns machine_id, as_of, probability, failed (0 or 1, as known then). Silent machines got no probability and are
    left out, and so are rows whose part was replaced before it could fail.
    """
    last = as_of - label_delay(fleet)
    first = last - timedelta(days=nights)
    return con.execute(
        """
        select machine_id, as_of, failure_probability as probability,
            coalesce(failure_known_at <= $night, false)::double as failed
        from matured_answers
        where model_version = $version and as_of > $first and as_of <= $last
        order by as_of, machine_id
        """,
        {"night": as_of, "version": version, "first": first, "last": last},
    ).df()


def judge_quality(answers: pd.DataFrame, at_gate: float, drop: float, resamples: int, seed: int) -> Quality:
    """Judge rows of `matured_answers` against the average precision `at_gate` (NaN: not known).

    It has fallen where even the interval's upper end is more than `drop` below; the interval draws whole machines,
    `resamples` times by `seed`. With fewer than MIN_POSITIVES failing rows nothing is judged.
    """
    labels = answers["failed"].to_numpy(dtype=np.float64)
    rows, positives = len(labels), int(labels.sum())
    if positives < MIN_POSITIVES or np.isnan(at_gate):
        nothing = float("nan")
        return Quality(nothing, nothing, nothing, at_gate, rows, positives, judged=False, fallen=False)
    scores = answers["probability"].to_numpy(dtype=np.float64)
    weights = machine_weights(answers["machine_id"], resamples, seed)
    [average] = average_precisions(labels, scores, np.ones((rows, 1)))
    low, high = interval(average_precisions(labels, scores, weights), CONFIDENCE)
    fallen = high < at_gate - drop
    return Quality(float(average), low, high, at_gate, rows, positives, judged=True, fallen=bool(fallen))
