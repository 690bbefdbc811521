"""Which columns a night's drift is judged on."""

from types import SimpleNamespace
from typing import cast

from ml.models.model import Model
from ml.monitoring.drift import CLOCK
from ml.monitoring.drift_rows import judged_columns
from ml.monitoring.lost_readings import READINGS
from settings import Fleet, Settings


def test_a_counters_level_grows_on_a_fleet_that_stands_still(settings: Settings) -> None:
    sensors = {"worn": {"min": 0, "max": 1e9, "kind": "counter"}, "last": {"min": 0, "max": 1}}
    fleet = Fleet.model_validate(settings.fleet.model_dump() | {"sensors": sensors})
    features = ("worn_last", "worn_increase_24h", "last_shift_24h", "error1_hours_since")
    model = cast(Model, SimpleNamespace(card=SimpleNamespace(features=features)))
    assert judged_columns(model, fleet, ["worn_readings_lost"]) == {
        "worn_increase_24h": "feature",
        "last_shift_24h": "feature",
        "error1_hours_since": CLOCK,
        "failure_probability": "prediction",
        "worn_readings_lost": READINGS,
    }
