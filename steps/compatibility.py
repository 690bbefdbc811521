"""A champion that was trained under other vars is refused in a sentence, before a night is scored by it."""

from collections.abc import Collection

from ml.models.compatibility import misfits
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.registry.aliases import NoChampion
from settings import Fleet


def require_fit(model: Model, version: ModelVersion, columns: Collection[str], fleet: Fleet) -> None:
    """Raise NoChampion where the champion `model` cannot answer for a mart of these `columns`."""
    if why := why_no_fit(model, version, columns, fleet):
        raise NoChampion(why)


def why_no_fit(model: Model, version: ModelVersion, columns: Collection[str], fleet: Fleet) -> str:
    """What keeps the champion `model` from answering, and the cure; empty where it can answer."""
    odd = misfits(model.card, columns, fleet)
    if not odd:
        return ""
    more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
    return (
        f"Model version {version.version} was trained under other vars: it and the mart do not both have "
        f"{', '.join(odd[:3])}{more}. Train one that fits (make train), or set the vars back and build again."
    )
