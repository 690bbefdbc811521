"""The night's drift, looked at while dbt builds the outcomes: its pictures take seconds, and do not wait for those."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime

from dagster import AssetExecutionContext, AssetKey

from delivery.pages.evidently import load_evidently
from ml.models.version import ModelVersion
from ml.registry.aliases import NoChampion
from ml.registry.registry import registry
from orchestration.assets.lineage import DRIFT_KEY
from orchestration.meanwhile import begin, begun, loaded_meanwhile
from settings import Settings
from steps.monitor import DriftLook, read_drift, take_look
from warehouse.connection import WarehouseError


def pictures_loaded(context: AssetExecutionContext, settings: Settings) -> AbstractContextManager[None]:
    """Load what draws beside the block, in a run that draws."""
    return loaded_meanwhile(load_evidently) if _will_look(context, settings) else nullcontext()


def look_ahead(context: AssetExecutionContext, settings: Settings, nights: Sequence[datetime]) -> None:
    """Read what the drift of a single night takes, and let a thread look at it. Of many, pages would fill memory."""
    if len(nights) == 1 and _will_look(context, settings):
        with suppress(NoChampion, WarehouseError):  # told of by the step that cannot do without
            inputs = read_drift(settings, nights)
            begin(context.run_id, lambda: take_look(inputs, settings))


def looked_ahead(context: AssetExecutionContext, champion: ModelVersion) -> DriftLook | None:
    """That look, where one was taken in this process and by the model that is champion now."""
    look: DriftLook | None = begun(context.run_id)
    return look if look is not None and look.version == champion else None


def _will_look(context: AssetExecutionContext, settings: Settings) -> bool:
    is_asked = AssetKey(DRIFT_KEY) in context.job_def.asset_layer.selected_asset_keys
    return is_asked and registry(settings).aliases.champion() is not None
