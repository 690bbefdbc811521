"""The one reader of the settings: `workspace.toml` and the vars of `dbt_project.yml`, read into frozen models.

`workspace.toml` says how this workspace runs, and explains each key; the dbt vars say what the fleet looks like and
what a row means. The environment variables NIGHTSHIFT_HOME, NIGHTSHIFT_DROPS, NIGHTSHIFT_TARGET and NIGHTSHIFT_WEBHOOK
override theirs for every entry point.
"""

from settings.fleet import FeedLatency, Fleet, PlausibleClock, Sensor
from settings.frozen import SettingsError
from settings.mapping import FeedMapping, LongFormat, LookupTable, Mapping, TelemetryMapping
from settings.reading import ROOT, Settings, home_for, load_settings, write_out_homes
from settings.workspace import (
    DriftSettings,
    Economics,
    EngineSettings,
    EvaluationSettings,
    MLflowSettings,
    Paths,
    PromotionSettings,
    RetrainingSettings,
    ScoringSettings,
    TrainingSettings,
    Workspace,
    sqlite_uri,
)

__all__ = [
    "ROOT",
    "DriftSettings",
    "Economics",
    "EngineSettings",
    "EvaluationSettings",
    "FeedLatency",
    "FeedMapping",
    "Fleet",
    "LongFormat",
    "LookupTable",
    "MLflowSettings",
    "Mapping",
    "Paths",
    "PlausibleClock",
    "PromotionSettings",
    "RetrainingSettings",
    "ScoringSettings",
    "Sensor",
    "Settings",
    "SettingsError",
    "TelemetryMapping",
    "TrainingSettings",
    "Workspace",
    "home_for",
    "load_settings",
    "sqlite_uri",
    "write_out_homes",
]
