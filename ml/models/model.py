"""A trained model with everything that must travel with it: calibration, threshold, features, training span."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoost, CatBoostError, Pool

from ml.arrays import Floats
from ml.mart.columns import ANY, model_inputs
from ml.models.calibration import Calibrator
from ml.models.remaining import REMAINING_FILE, Remaining, RemainingCard
from ml.models.risk_blend import blend
from ml.models.windows import REMAINING

CARD_FILE = "nightshift.json"
ALL_THREADS = -1  # CatBoost's own word for as many as the machine has


class DamagedModel(RuntimeError):
    """A file of a model is missing, cut short or of another kind; the message names it."""


@dataclass(frozen=True)
class ModelCard:
    """What a model is beside its trees. Times are ISO 8601, naive UTC; durations are hours.

    `threshold` is the calibrated probability from which a machine is alerted. `learned` are the targets the trees
    know; a component that never failed in training is not among them and keeps its calibrator's constant.
    `cutoff` is the moment until which labels were read: whatever has its as_of later was held out.
    `fingerprint` stands for the rows and settings that the model was made from; `feature_set` is the one of the
    settings' sets that `features` are, empty where they name none. `further` are the horizons beyond the first that
    were learnt, in hours, with what calibrates each. `remaining` says how the booster of the remaining time is read,
    where the model has one.
    """

    features: tuple[str, ...]
    categorical: tuple[str, ...]
    targets: tuple[str, ...]
    learned: tuple[str, ...]
    calibrators: Mapping[str, Calibrator]
    threshold: float
    prevalence: float
    horizon_hours: int
    trained_from: str
    trained_until: str
    cutoff: str
    fingerprint: str = ""
    feature_set: str = ""
    further: Mapping[int, Calibrator] = field(default_factory=dict)
    remaining: RemainingCard | None = None

    def to_json(self) -> str:
        """The card as JSON with sorted keys: the same card gives the same bytes."""
        return json.dumps(asdict(self), indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """The card that `to_json` wrote."""
        raw: dict[str, Any] = json.loads(text)
        raw["calibrators"] = {target: Calibrator(**fit) for target, fit in raw["calibrators"].items()}
        raw["further"] = {int(hours): Calibrator(**fit) for hours, fit in raw.get("further", {}).items()}
        for name in ("features", "categorical", "targets", "learned"):
            raw[name] = tuple(raw[name])
        if raw.get("remaining") is not None:
            raw["remaining"] = RemainingCard.from_dict(raw["remaining"])
        return cls(**raw)


@dataclass(frozen=True)
class Model:
    """`boosters` holds one CatBoost for each of `card.learned`, `further` one for each horizon of `card.further`.

    `remaining` is the one of the remaining time, if the model has it.
    """

    boosters: Mapping[str, CatBoost]
    card: ModelCard
    further: Mapping[int, CatBoost] = field(default_factory=dict)
    remaining: CatBoost | None = None

    @property
    def cutoff(self) -> datetime:
        """The moment until which labels were read (naive UTC)."""
        return datetime.fromisoformat(self.card.cutoff)

    def log_odds(self, frame: pd.DataFrame, threads: int = ALL_THREADS) -> pd.DataFrame:
        """Raw scores, one column a learned target, `any` blended, the frame's index.

        No bit depends on `threads`. Raises KeyError where the frame lacks a feature.
        """
        return self._log_odds(self._pool(frame, threads), frame.index, threads)

    def windows(self, frame: pd.DataFrame, threads: int = ALL_THREADS) -> pd.DataFrame:
        """The remaining time in hours, the columns REMAINING, in the frame's index.

        NaN as `LifeWindows.of` says, and everywhere where the model knows nothing of it.
        """
        return self._windows(self._pool(frame, threads) if self.remaining else None, frame.index, threads)

    def remaining_point(self, frame: pd.DataFrame, threads: int = ALL_THREADS) -> Floats:
        """The remaining time as one number, hours up to the cap, shape (rows,); NaN where the model has none."""
        if self.remaining is None or self.card.remaining is None:
            return np.full(len(frame), np.nan)
        return Remaining(self.remaining, self.card.remaining).point(self._pool(frame, threads), threads)

    def probabilities(self, frame: pd.DataFrame, threads: int = ALL_THREADS) -> pd.DataFrame:
        """Calibrated probabilities, one column a target, the frame's index."""
        return self._calibrated(self.log_odds(frame, threads))

    def answers(self, frame: pd.DataFrame, threads: int = ALL_THREADS) -> tuple[pd.DataFrame, pd.DataFrame]:
        """`probabilities`, and those of any failure within each further horizon, a column each by its hours, rising.

        Those are a running maximum that begins with `any`: what fails within a day fails within two.
        """
        return self._answers(self._pool(frame, threads), frame.index, threads)

    def all_answers(
        self, frame: pd.DataFrame, threads: int = ALL_THREADS
    ) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """`answers` and `windows`, whose inputs are made once."""
        pool = self._pool(frame, threads)
        return *self._answers(pool, frame.index, threads), self._windows(pool, frame.index, threads)

    def _answers(self, pool: Pool, index: pd.Index, threads: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        targets = self._calibrated(self._log_odds(pool, index, threads))
        further = {
            hours: fit.apply(raw_scores(self.further[hours], pool, threads))
            for hours, fit in sorted(self.card.further.items())
        }
        return targets, rising(targets[ANY], further)

    def _pool(self, frame: pd.DataFrame, threads: int) -> Pool:
        inputs = model_inputs(frame, self.card.features, self.card.categorical, as_stored=True)
        return Pool(inputs, cat_features=list(self.card.categorical), thread_count=threads)

    def _windows(self, pool: Pool | None, index: pd.Index, threads: int) -> pd.DataFrame:
        if pool is None or self.remaining is None or self.card.remaining is None:
            return pd.DataFrame(np.nan, index=index, columns=list(REMAINING))
        return Remaining(self.remaining, self.card.remaining).windows(pool, threads).set_axis(index)

    def _log_odds(self, pool: Pool, index: pd.Index, threads: int) -> pd.DataFrame:
        scores = {target: raw_scores(self.boosters[target], pool, threads) for target in self.card.learned}
        return blend(pd.DataFrame(scores, index=index))

    def _calibrated(self, log_odds: pd.DataFrame) -> pd.DataFrame:
        scores = log_odds.reindex(columns=list(self.card.targets), fill_value=0.0)
        return calibrated(scores, self.card.calibrators)


def rising(first: "pd.Series[float]", further: Mapping[int, Floats]) -> pd.DataFrame:
    """Probabilities (n,) by horizon as one frame in `first`'s index, none below `first` or that of a shorter one."""
    return pd.DataFrame(
        never_falling(np.asarray(first, dtype=np.float64), further), index=first.index, columns=sorted(further)
    )


def never_falling(first: Floats, further: Mapping[int, Floats]) -> Floats:
    """The same without a frame, shape (n, horizons), the nearest horizon first."""
    stacked = np.column_stack([first, *(further[each] for each in sorted(further))])
    return np.maximum.accumulate(stacked, axis=1)[:, 1:]


def raw_scores(booster: CatBoost, pool: Pool, threads: int) -> Floats:
    """What a booster says of the pool's rows, shape (n,): log-odds, or the remaining time as its kind gives it."""
    found = booster.predict(pool, prediction_type="RawFormulaVal", thread_count=threads)
    return np.asarray(found, dtype=np.float64)


def calibrated(log_odds: pd.DataFrame, calibrators: Mapping[str, Calibrator]) -> pd.DataFrame:
    """Every column of raw scores through its target's calibrator."""
    return pd.DataFrame({name: calibrators[name].apply(log_odds[name].to_numpy()) for name in log_odds.columns},
                        index=log_odds.index)  # fmt: skip


def booster_file(target: str) -> str:
    """The name of a target's file within a model's folder."""
    return f"{target}.cbm"


def further_file(hours: int) -> str:
    """The same of a further horizon; no target's name begins with a digit."""
    return booster_file(f"{hours}h")


def save_model(model: Model, folder: Path) -> None:
    """Write each booster in CatBoost's own format and the card as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for target, booster in model.boosters.items():
        booster.save_model(str(folder / booster_file(target)), format="cbm")
    for hours, booster in model.further.items():
        booster.save_model(str(folder / further_file(hours)), format="cbm")
    if model.remaining is not None:
        model.remaining.save_model(str(folder / REMAINING_FILE), format="cbm")
    (folder / CARD_FILE).write_text(model.card.to_json())


def model_files(folder: Path) -> list[Path]:
    """What `save_model` wrote into `folder`, whatever else lies there. Raises DamagedModel."""
    card = _card_in(folder)
    names = [CARD_FILE, *map(booster_file, card.learned), *map(further_file, card.further)]
    names += [REMAINING_FILE] if card.remaining is not None else []
    return [folder / name for name in names]


def load_model(folder: Path) -> Model:
    """The model that `save_model` wrote into `folder`. Raises DamagedModel."""
    card = _card_in(folder)
    boosters = {target: _load_booster(folder / booster_file(target)) for target in card.learned}
    further = {hours: _load_booster(folder / further_file(hours)) for hours in card.further}
    when = _load_booster(folder / REMAINING_FILE) if card.remaining is not None else None
    return Model(boosters, card, further=further, remaining=when)


def _card_in(folder: Path) -> ModelCard:
    with _readable(folder / CARD_FILE):
        return ModelCard.from_json((folder / CARD_FILE).read_text())


def _load_booster(path: Path) -> CatBoost:
    booster = CatBoost()
    with _readable(path):
        booster.load_model(str(path), format="cbm")
    return booster


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """CatBoost and JSON say of half a file which byte was missing, and not of which file."""
    try:
        yield
    except (CatBoostError, OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error).partition("\n")[0]  # an error without words has no line
        raise DamagedModel(f"{path.name} cannot be read ({reason})") from None
