"""The one reader of the settings: `workspace.toml` and the vars of `dbt_project.yml`, read into frozen models.

`workspace.toml` says how this workspace runs, and explains each key; the dbt vars say what the fleet looks like and
what a row means. DBT_PROJECT_DIR chooses the fleet, by the folder of its `dbt_project.yml`. The environment variables
NIGHTSHIFT_HOME, NIGHTSHIFT_DROPS, NIGHTSHIFT_TARGET, NIGHTSHIFT_WEBHOOK, NIGHTSHIFT_SERVICES, NIGHTSHIFT_METRICS,
NIGHTSHIFT_SERVE_HOST and NIGHTSHIFT_SERVE_PORT override theirs for every entry point, and so do the addresses of a
team's servers (`settings.addresses`).
"""

from settings.addresses import DAGSTER_DB, MIRROR, MLFLOW_DB, MLFLOW_FILES, POSTGRES, require_postgres
from settings.feed_times import FeedLatency, PlausibleClock
from settings.fleet import Fleet
from settings.fleet_file import fleet_folder
from settings.frozen import SettingsError
from settings.mapping import FeedMapping, FleetMapping, LongFormat, LookupTable, TelemetryMapping
from settings.paths import Paths, sqlite_uri
from settings.reading import ROOT, Settings, fleet_name, home_for, load_settings, write_out_homes
from settings.sensor import Sensor
from settings.workspace import (
    DriftSettings,
    Economics,
    EngineSettings,
    EvaluationSettings,
    FeatureSet,
    MLflowSettings,
    PagesSettings,
    PromotionSettings,
    PublishingSettings,
    RetrainingSettings,
    ScoringSettings,
    ServingSettings,
    TrainingSettings,
    Workspace,
)

__all__ = [
    "DAGSTER_DB",
    "MIRROR",
    "MLFLOW_DB",
    "MLFLOW_FILES",
    "POSTGRES",
    "ROOT",
    "DriftSettings",
    "Economics",
    "EngineSettings",
    "EvaluationSettings",
    "FeatureSet",
    "FeedLatency",
    "FeedMapping",
    "Fleet",
    "FleetMapping",
    "LongFormat",
    "LookupTable",
    "MLflowSettings",
    "PagesSettings",
    "Paths",
    "PlausibleClock",
    "PromotionSettings",
    "PublishingSettings",
    "RetrainingSettings",
    "ScoringSettings",
    "Sensor",
    "ServingSettings",
    "Settings",
    "SettingsError",
    "TelemetryMapping",
    "TrainingSettings",
    "Workspace",
    "fleet_folder",
    "fleet_name",
    "home_for",
    "load_settings",
    "require_postgres",
    "sqlite_uri",
    "write_out_homes",
]
