"""What the mart's columns are for: keys, labels, and the features that a model reads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:  # what reads a model needs neither
    import duckdb

    from settings import Fleet, TrainingSettings

ANY = "any"


WEIGHT = "weight"
UNKNOWN_WORD = "unknown"  # what the model reads where a word is missing
AS_CATBOOST_READS = ("float32", "float64", "int32", "int64")


@dataclass(frozen=True)
class MartColumns:
    """What the mart's columns are for. `targets` are `any` and the components; `label(target)` is a target's column.

    `subjects` are the sensors, error codes and components, with one of which a feature's name may begin.
    """

    features: tuple[str, ...]
    targets: tuple[str, ...]
    subjects: tuple[str, ...] = ()

    @property
    def categorical(self) -> tuple[str, ...]:
        """The features that are words, not numbers."""
        return tuple(name for name in self.features if name == "model")

    def without(self, patterns: Sequence[str]) -> "MartColumns":
        """The same without the features whose names a pattern matches (* and ?), in their order.

        A pattern that begins with `*_` speaks of what follows a subject: `*_mean_*` is no word on a sensor oil_mean_t.
        """
        kept = (name for name in self.features if not any(fnmatch(self._as_meant(name, out), out) for out in patterns))
        return replace(self, features=tuple(kept))

    def _as_meant(self, name: str, pattern: str) -> str:
        if not pattern.startswith("*_"):
            return name
        subject = max((one for one in self.subjects if name.startswith(f"{one}_")), key=len, default="")
        return name[len(subject) :]

    def only(self, names: Collection[str]) -> "MartColumns":
        """The same with those features alone that are among `names`."""
        return replace(self, features=tuple(name for name in self.features if name in names))

    @property
    def labels(self) -> list[str]:
        """The label columns of the targets, in their order."""
        return [label(target) for target in self.targets]


def label(target: str) -> str:
    """The mart's label column of a target: `fails_any`, `fails_comp1`."""
    return f"fails_{target}"


def mart_columns(con: "duckdb.DuckDBPyConnection", fleet: "Fleet", training: "TrainingSettings") -> MartColumns:
    """What a model may see: all that the mart holds beyond keys and labels, without what `training.leave_out` names."""
    targets = (ANY, *fleet.components)
    known = {"machine_id", "as_of", "label_status", *(label(target) for target in targets)}
    names = [row[0] for row in con.execute("select column_name from (describe feature_mart)").fetchall()]
    features = tuple(name for name in names if name not in known)
    subjects = (*fleet.sensors, *fleet.error_codes, *fleet.components)
    return MartColumns(features, targets, subjects).without(training.leave_out)


def sample_columns(columns: MartColumns) -> list[str]:
    """The mart's columns of a training sample, in order."""
    return ["machine_id", "as_of", "label_status", *columns.labels, *columns.features]


def model_inputs(
    frame: pd.DataFrame, features: Sequence[str], categorical: Sequence[str], *, as_stored: bool = False
) -> pd.DataFrame:
    """The feature columns as the model takes them: numbers as float64, NULL as NaN, categories as text.

    `as_stored` leaves numbers of the types that CatBoost reads as they are: it rounds all to float32, and a million
    machines need not be copied for that.
    """
    known = AS_CATBOOST_READS if as_stored else ("float64",)
    inputs = {
        name: _words(frame[name])
        if name in categorical
        else frame[name]
        if frame[name].dtype.name in known
        else frame[name].astype("float64")
        for name in features
    }
    return pd.DataFrame(inputs, index=frame.index, copy=False)


def _words(values: "pd.Series[str]") -> NDArray[np.object_]:
    codes, words = pd.factorize(values)
    return np.array([*map(str, words), UNKNOWN_WORD], dtype=object)[codes]  # what is missing has the code -1
