"""Who looks at a night's drift ahead, and whose look counts."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from dagster import AssetKey

from ml.models.version import ModelVersion
from orchestration.assets import drift_ahead
from orchestration.assets.drift_ahead import look_ahead, looked_ahead
from orchestration.assets.lineage import DRIFT_KEY, LOG_KEY
from steps.monitor import DriftLook
from warehouse.connection import WarehouseBusy

NIGHT, SCORES, LATER = datetime(2025, 2, 25, 6), ModelVersion("nightshift", "3"), ModelVersion("nightshift", "4")


def run(*asked: list[str], run_id: str = "run") -> Any:
    layer = SimpleNamespace(selected_asset_keys={AssetKey(key) for key in asked})
    return SimpleNamespace(run_id=run_id, job_def=SimpleNamespace(asset_layer=layer))


@pytest.fixture(autouse=True)
def champion(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Who scores, where nights are looked at in no time."""
    found = SimpleNamespace(champion=lambda: SCORES)
    monkeypatch.setattr(drift_ahead, "registry", lambda _: SimpleNamespace(aliases=found))
    monkeypatch.setattr(drift_ahead, "read_drift", lambda _, nights: nights)
    monkeypatch.setattr(drift_ahead, "take_look", lambda nights, _: DriftLook(SCORES, nights))
    return found


def test_the_look_at_a_run_s_night_counts_once() -> None:
    look_ahead(run(LOG_KEY, DRIFT_KEY), None, [NIGHT])  # type: ignore[arg-type]
    assert looked_ahead(run(DRIFT_KEY), SCORES) == DriftLook(SCORES, [NIGHT])  # type: ignore[list-item]
    assert looked_ahead(run(DRIFT_KEY), SCORES) is None


def test_the_look_of_another_run_or_by_another_model_does_not() -> None:
    look_ahead(run(LOG_KEY, DRIFT_KEY), None, [NIGHT])  # type: ignore[arg-type]
    assert looked_ahead(run(DRIFT_KEY, run_id="another"), SCORES) is None
    assert looked_ahead(run(DRIFT_KEY), LATER) is None


@pytest.mark.parametrize(
    ("asked", "nights", "scores"),
    [((LOG_KEY,), [NIGHT], SCORES), ((DRIFT_KEY,), [NIGHT, NIGHT], SCORES), ((DRIFT_KEY,), [NIGHT], None)],
)
def test_nobody_looks_where_no_drift_is_asked_for_or_at_many_nights_or_without_a_model(
    asked: tuple[list[str], ...], nights: list[datetime], scores: ModelVersion | None, champion: SimpleNamespace
) -> None:
    champion.champion = lambda: scores
    look_ahead(run(*asked), None, nights)  # type: ignore[arg-type]
    assert looked_ahead(run(DRIFT_KEY), SCORES) is None


def test_a_warehouse_that_is_busy_is_told_of_by_the_step_that_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise WarehouseBusy

    monkeypatch.setattr(drift_ahead, "read_drift", busy)
    look_ahead(run(DRIFT_KEY), None, [NIGHT])  # type: ignore[arg-type]
    assert looked_ahead(run(DRIFT_KEY), SCORES) is None
