"""The part of a model that answers when: a booster for the remaining time, and the windows its centres stand for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoost, Pool

from ml.arrays import Floats
from ml.models.windows import LifeWindows

REMAINING_FILE = "remaining-time.cbm"  # no component is called so
REMAINING_KINDS = SURVIVAL, QUANTILES, MEAN, LOG_MEAN = "survival", "quantiles", "mean", "log_mean"
LOG_SHARE = 0.1  # of the cap: LOG_MEAN tells lives well below it apart by hours, longer ones by their ratio
LEAST_QUANTILE_SPREAD = 0.05  # of the cap: quantiles that touch say less of their spread than they seem to
LONGEST_LOG = 50.0


@dataclass(frozen=True)
class RemainingCard:
    """What the booster answers (`kind`: one of REMAINING_KINDS), and how that becomes a window."""

    kind: str
    windows: LifeWindows

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "RemainingCard":
        """The card that `to_dict` gave."""
        table: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in raw["windows"].items()
        }
        return cls(raw["kind"], LifeWindows(**table))


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
        spread = np.maximum(raw[:, 2] - raw[:, 0], LEAST_QUANTILE_SPREAD * cap)
        return np.clip(raw[:, 1], 0.0, cap), spread
    hours = _hours(raw, kind, cap)
    return np.clip(hours, 0.0, cap), np.ones(len(hours))


def as_learnt(hours: Floats, kind: str, cap: float) -> Floats:
    """Lives (n,) in hours as a booster of this kind learns them: LOG_MEAN takes log(1 + hours / (LOG_SHARE * cap))."""
    return np.log1p(hours / (LOG_SHARE * cap)) if kind == LOG_MEAN else hours


def _hours(raw: Floats, kind: str, cap: float) -> Floats:
    if kind == SURVIVAL:
        return np.exp(np.minimum(raw, LONGEST_LOG))
    return np.expm1(np.minimum(raw, LONGEST_LOG)) * LOG_SHARE * cap if kind == LOG_MEAN else raw
