"""A trained model with everything that must travel with it: calibration, threshold, features, training span."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoost
from numpy.typing import NDArray

from ml.calibration import Calibrator
from ml.mart import model_inputs

BOOSTER_FILE = "model.cbm"
CARD_FILE = "nightshift.json"


@dataclass(frozen=True)
class ModelCard:
    """What a model is beside its trees. Times are ISO 8601, naive UTC; durations are hours.

    `threshold` is the calibrated probability from which a machine is alerted. `learned` are the targets the trees
    know; a component that never failed in training is not among them and keeps its calibrator's constant.
    `fingerprint` stands for the rows and settings that the model was made from.
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
    known_until: str
    fingerprint: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        raw: dict[str, Any] = json.loads(text)
        raw["calibrators"] = {target: Calibrator(**fit) for target, fit in raw["calibrators"].items()}
        for name in ("features", "categorical", "targets", "learned"):
            raw[name] = tuple(raw[name])
        return cls(**raw)


@dataclass(frozen=True)
class Model:
    """`booster` is one multi-label CatBoost over `card.learned`, in their order."""

    booster: CatBoost
    card: ModelCard

    def log_odds(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Raw scores, shape (rows, learned targets). Raises KeyError where the frame lacks a feature."""
        inputs = model_inputs(frame, self.card.features, self.card.categorical)
        scores = np.asarray(self.booster.predict(inputs, prediction_type="RawFormulaVal"), dtype=np.float64)
        return scores.reshape(len(frame), len(self.card.learned))

    def probabilities(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Calibrated probabilities, one column a target, the frame's index."""
        scores = pd.DataFrame(self.log_odds(frame), columns=list(self.card.learned), index=frame.index)
        scores = scores.reindex(columns=list(self.card.targets), fill_value=0.0)
        columns = {
            target: self.card.calibrators[target].apply(scores[target].to_numpy()) for target in self.card.targets
        }
        return pd.DataFrame(columns, index=frame.index)


def save_model(model: Model, folder: Path) -> None:
    """Write the booster in CatBoost's own format and the card as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    model.booster.save_model(str(folder / BOOSTER_FILE), format="cbm")
    (folder / CARD_FILE).write_text(model.card.to_json())


def load_model(folder: Path) -> Model:
    booster = CatBoost()
    booster.load_model(str(folder / BOOSTER_FILE), format="cbm")
    return Model(booster, ModelCard.from_json((folder / CARD_FILE).read_text()))
