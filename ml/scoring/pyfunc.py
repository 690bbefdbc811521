"""A model as MLflow's own tools ask it: `mlflow.pyfunc.load_model` in a notebook, `mlflow models serve`.

This module lies beside each registered model together with what it imports, so that neither needs the repository.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from ml.models.model import Model, load_model
from ml.scoring.contract import further_column, probability_column


class RiskModel:
    """Answers rows of `feature_mart` with probabilities."""

    def __init__(self, model: Model) -> None:
        """Wrap `model`, whose card names the columns that are read."""
        self.model = model

    def predict(self, rows: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Calibrated probabilities of a failure within the horizon, one row for each of `rows`, in its index.

        Columns as in `predictions`: `failure_probability` for any, one for each component, one for each further horizon
        that the model has learnt, such as `failure_probability_48h`, and the remaining time if it knows that. What is
        missing in `rows` may be NULL, but every column that the model reads must be there: raises ValueError otherwise.
        A silent machine gets a number too; telling it apart is up to the caller.
        """
        if lacking := [name for name in self.model.card.features if name not in rows.columns]:
            shown = ", ".join(lacking[:5]) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")
            raise ValueError(
                f"The rows lack {shown}: hand over rows of the table feature_mart with all of its columns."
            )
        targets, further, when = self.model.all_answers(rows)
        found = targets.rename(columns=probability_column).join(further.rename(columns=further_column))
        return found if self.model.remaining is None else found.join(when)


def _load_pyfunc(path: str) -> RiskModel:
    """What MLflow calls to open the model in the folder `path`."""
    return RiskModel(load_model(Path(path)))
