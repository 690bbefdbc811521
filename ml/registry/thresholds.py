"""The thresholds from which models alert, as their trainings have logged them."""

from collections.abc import Iterable

from ml.models.version import ModelVersion
from ml.registry.store import Store
from settings import MLflowSettings, Paths

METRIC = "threshold"


def alert_thresholds(paths: Paths, names: MLflowSettings, versions: Iterable[str]) -> dict[str, float]:
    """Version to threshold, of those `versions` whose training this home's MLflow knows."""
    store = Store(paths, names)
    if not store.exists():
        return {}
    found = {version: store.metric(ModelVersion(names.model_name, version), METRIC) for version in versions}
    return {version: value for version, value in found.items() if value is not None}
