"""What a training depends on, as one number: the same fingerprint means the same model."""

import hashlib
import json

import pandas as pd

from ml.mart import MartColumns
from settings import Settings


def training_fingerprint(mart: pd.DataFrame, columns: MartColumns, settings: Settings, known_until: object) -> str:
    """16 hex digits over the rows (n, features and labels), the settings that steer a training, and its moment."""
    digest = hashlib.sha256()
    names = ["machine_id", "as_of", *columns.features, *columns.labels]
    digest.update(json.dumps([names, str(known_until)]).encode())
    digest.update(pd.util.hash_pandas_object(mart[names], index=False).to_numpy().tobytes())
    steering = {
        "training": settings.workspace.training.model_dump(),
        "economics": settings.workspace.economics.model_dump(),
        "fleet": settings.fleet.model_dump(mode="json"),
    }
    digest.update(json.dumps(steering, sort_keys=True).encode())
    return digest.hexdigest()[:16]
