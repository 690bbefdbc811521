"""Making a run's model again from the warehouse and its recorded settings, and comparing the two."""

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mlflow.exceptions import MlflowException

from ml.models.model import CARD_FILE, DamagedModel, ModelCard, save_model
from ml.registry.artifacts import FilesRemoved
from ml.registry.registry import registry
from ml.training.data import load_training_data
from ml.training.fingerprint import code_version
from ml.training.recipe import recipe_from
from ml.training.time_split import split_before
from ml.training.train import train
from settings import Settings
from steps.sampling import sampler_of
from warehouse.connection import open_warehouse


@dataclass(frozen=True)
class Reproduction:
    """`differences`: one sentence for each thing that came out differently; none where every byte is the same."""

    run_id: str
    files: int
    differences: tuple[str, ...]


class UnknownRun(LookupError):
    """MLflow has no such run, or it holds no model; the message names it."""


def reproduce(run_id: str, settings: Settings) -> Reproduction:
    """Train again with the settings, cutoff and span that `run_id` recorded; compare every file of the model."""
    models = registry(settings)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            parameters = models.runs.parameters(run_id)
            recorded = recipe_from(models.runs.recipe_of(run_id), settings.fleet)
            logged = models.runs.bundle_of(run_id, Path(scratch))
        except FilesRemoved as error:
            raise UnknownRun(f"Run '{run_id}' cannot be reproduced. {error}") from None
        except (MlflowException, OSError, DamagedModel) as error:
            raise UnknownRun(f"MLflow holds no model under run '{run_id}': {error}") from None
        card = ModelCard.from_json((logged / CARD_FILE).read_text())
        held_out_until = datetime.fromisoformat(parameters["held_out_until"])
        split = split_before(datetime.fromisoformat(card.cutoff), held_out_until, recorded)
        with sampler_of(settings) as sampler, open_warehouse(settings, read_only=True) as con:
            data = load_training_data(con, split, recorded, sampler, horizons=recorded.fleet.further_horizons)
        again = Path(scratch) / "again"
        made = train(data.sample, data.nightly, data.columns, recorded, split, further=data.further)
        save_model(made.model, again)
        found = _differences(logged, again, parameters.get("code_version", ""))
        return Reproduction(run_id, len(list(again.iterdir())), tuple(found))


def _differences(logged: Path, again: Path, code: str) -> list[str]:
    names = sorted({path.name for folder in (logged, again) for path in folder.iterdir()})
    found = [f"{name} differs" for name in names if _digest(logged / name) != _digest(again / name)]
    if not found:
        return []
    before, after = (ModelCard.from_json((folder / CARD_FILE).read_text()) for folder in (logged, again))
    if before.fingerprint != after.fingerprint:
        found.append(
            f"the rows of the training span are not the same any more (fingerprint {before.fingerprint}, now "
            f"{after.fingerprint}): data came in late, or the features' SQL has changed"
        )
    if code != code_version():
        found.append(f"the code is not the same (version {code}, now {code_version()})")
    return found


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
