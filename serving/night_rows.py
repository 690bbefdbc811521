"""The last night's rows of the mart, in memory: what a question about one machine begins with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.mart.load import load_night
from ml.mart.silence import is_silent, reading_counts
from ml.models.few_rows import FeatureValue
from ml.models.model import Model
from ml.scoring.score import columns_to_score
from settings import Settings


@dataclass(frozen=True)
class NightRows:
    """`frame`: machine_id, as_of and `columns_to_score`; `places`: machine to its row, `features`: (rows, features).

    `words`: the features that are words, by their place among them, (rows,) each. `silent`: of whom nothing is known.
    """

    as_of: datetime
    frame: pd.DataFrame
    places: Mapping[str, int]
    features: NDArray[np.float64]
    words: Mapping[int, NDArray[Any]]
    silent: NDArray[np.bool_]

    def values(self, place: int) -> list[FeatureValue]:
        """A row's values of the model's features, in their order."""
        found: list[FeatureValue] = self.features[place].tolist()
        for at, words in self.words.items():
            found[at] = words[place]
        return found

    def row(self, place: int) -> dict[str, FeatureValue]:
        """A row's columns by name, None for what is missing."""
        cells = {name: self.frame[name].iloc[place] for name in self.frame.columns if name not in KEYS}
        return {name: None if pd.isna(cell) else cell if isinstance(cell, str) else float(cell)
                for name, cell in cells.items()}  # fmt: skip


KEYS = ("machine_id", "as_of")


def night_rows(con: duckdb.DuckDBPyConnection, as_of: datetime, model: Model, settings: Settings) -> NightRows:
    """Read the rows of the night `as_of`. Raises KeyError where the mart lacks a feature of the model."""
    columns = columns_to_score(model, settings.fleet, settings.workspace.scoring)
    frame = load_night(con, as_of, columns)
    names = model.card.features
    words = {at: frame[name].to_numpy() for at, name in enumerate(names) if name in model.card.categorical}
    numbers = [
        np.full(len(frame), np.nan) if at in words else frame[name].to_numpy(dtype=np.float64)
        for at, name in enumerate(names)
    ]
    features = np.column_stack(numbers) if numbers else np.empty((len(frame), 0))
    places = {str(machine): place for place, machine in enumerate(frame["machine_id"])}
    silent = is_silent(frame, reading_counts(settings.fleet, settings.workspace.scoring))
    return NightRows(as_of, frame, places, features, words, silent)
