"""The part of a model that answers when: a booster for the remaining time, and the windows its centres stand for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoost, Pool

from ml.arrays import Floats
from ml.models.windows import Windows

REMAINING_FILE = "remaining-time.cbm"  # no component is called so
KINDS = SURVIVAL, QUANTILES, MEAN = "survival", "quantiles", "mean"
LEAST_SPREAD = 0.05  # of the cap: quantiles that touch say less of their spread than they seem to
LONGEST_LOG = 50.0


@dataclass(frozen=True)
class RemainingCard:
    """What the booster answers (`kind`: SURVIVAL, QUANTILES or MEAN), and how that becomes a window."""

    kind: str
    windows: Windows

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "RemainingCard":
        """The card that `to_dict` gave."""
        table: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in raw["windows"].items()
        }
        return cls(raw["kind"], Windows(**table))


@dataclass(frozen=True)
class Remaining:
    """A booster for the remaining time with its card."""

    booster: CatBoost
    card: RemainingCard

    def windows(self, pool: Pool, threads: int) -> pd.DataFrame:
        """The columns REMAINING, one row for each of the pool."""
        return self.card.windows.of(*centres(self.booster, self.card.kind, pool, self.card.windows.cap, threads))

    def point(self, pool: Pool, threads: int) -> Floats:
        """Hours, shape (n,), up to the cap: the one number where one is asked for."""
        return centres(self.booster, self.card.kind, pool, self.card.windows.cap, threads)[0]


def centres(booster: CatBoost, kind: str, pool: Pool, cap: float, threads: int) -> tuple[Floats, Floats]:
    """Centre (0 to cap) and spread in hours, shape (n,) each, as a booster of this kind gives them."""
    raw = np.asarray(booster.predict(pool, prediction_type="RawFormulaVal", thread_count=threads), dtype=np.float64)
    if kind == QUANTILES:
        spread = np.maximum(raw[:, 2] - raw[:, 0], LEAST_SPREAD * cap)
        return np.clip(raw[:, 1], 0.0, cap), spread
    hours = np.exp(np.minimum(raw, LONGEST_LOG)) if kind == SURVIVAL else raw
    return np.clip(hours, 0.0, cap), np.ones(len(hours))
