"""How this workspace runs: `workspace.toml`, which explains each key; one class for each section."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from settings.addresses import MIRROR, MLFLOW_DB, MLFLOW_FILES, require_postgres, require_s3
from settings.frozen import Count, Frozen, Hours, Identifier, Money
from settings.paths import Paths

RemainingKind = Literal["mean", "log_mean", "quantiles", "survival"]

CASE_GAPS = ("machine", "component", "night")  # what an address of a case's page may leave to be filled in


class EngineSettings(Frozen):
    """Which target of profiles.yml keeps the tables."""

    target: Literal["duckdb", "spark", "spark_cluster"]

    @property
    def is_spark(self) -> bool:
        """Whether the tables of raw files, models and predictions are Spark's; else they are DuckDB's."""
        return self.target != "duckdb"


class DemoSettings(Frozen):
    """The fleet that `make run` simulates where no drops are named, from midnight of `start`."""

    machines: Count
    days: Count
    start: date
    seed: int


class ReplaySettings(Frozen):
    """How many of the last nights `make run` scores as if live."""

    nights: Count


class FeatureSet(Frozen):
    """Columns of the mart that a model may see: all but those whose names a pattern of `leave_out` matches."""

    name: Identifier
    leave_out: tuple[str, ...] = ()


class TrainingSettings(Frozen):
    """How a model is trained: its history, folds, CatBoost's parameters, sampling, and the columns it may see.

    `leave_out` names, by pattern, columns that no model sees. Of the rest the folds choose between `feature_sets`, the
    first unless a later one is better; where there are none, a model sees all of it. So were those models made whose
    record names no set; and the defaults of `borders`, `leaf_steps`, `leaf_backtracking` and `one_hot_models`,
    CatBoost's own, are what those were made with whose record lacks them.
    """

    history_days: Count
    folds: Annotated[int, Field(ge=1, le=10)]
    fold_nights: Count
    iterations: Count
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    depth: Annotated[int, Field(ge=1, le=10)]
    feature_share: Annotated[float, Field(gt=0, le=1)]
    borders: Annotated[int, Field(ge=1, le=254)] = 254
    leaf_steps: Annotated[int, Field(ge=1, le=100)] = 10
    leaf_backtracking: bool = True
    one_hot_models: Annotated[int, Field(ge=2, le=255)] = 2
    bags: Annotated[int, Field(ge=1, le=20)]
    max_rows: Count
    outage_share: Annotated[float, Field(ge=0, le=1)]
    remaining_coverage: Annotated[float, Field(ge=0.5, le=0.98)] = 0.8
    remaining_candidates: Annotated[tuple[RemainingKind, ...], Field(min_length=1)] = ("mean", "quantiles", "survival")
    leave_out: tuple[str, ...] = ()
    feature_sets: tuple[FeatureSet, ...] = ()
    seed: int
    threads: Count

    @field_validator("feature_sets")
    @classmethod
    def _each_has_a_name_of_its_own(cls, sets: tuple[FeatureSet, ...]) -> tuple[FeatureSet, ...]:
        names = [one.name for one in sets]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two feature sets are called {', '.join(sorted(twice))}: give each a name of its own")
        return sets


class EvaluationSettings(Frozen):
    """The held-out nights on which models are judged, and the bootstrap draws behind every interval."""

    holdout_nights: Count
    resamples: Annotated[int, Field(ge=20)]


class PromotionSettings(Frozen):
    """When the gate promotes a challenger, and the average precision at which one column counts as a leak."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    tolerance: Annotated[float, Field(ge=0, lt=1)]
    leak_average_precision: Annotated[float, Field(gt=0, le=1)]


class Economics(Frozen):
    """Costs in one currency, of which only the ratios matter, and how many machines can be visited a day."""

    missed_failure: Money
    planned_replacement: Money
    needless_visit: Money
    inspections_per_day: Annotated[float, Field(gt=0)]


class ScoringSettings(Frozen):
    """How many machines get reasons, how many each, and after how many hours without a reading one is silent."""

    reasons_top_n: Count
    reasons_per_machine: Count
    silent_after_hours: Count


class PagesSettings(Frozen):
    """How many machines of a night get a page of their own at most, and how many weeks its pictures show."""

    machines: Annotated[int, Field(ge=0, le=1000)]
    weeks: Annotated[int, Field(ge=1, le=53)]


class DriftSettings(Frozen):
    """When a column has drifted: window, least rows, distance in standard deviations, growth of the missing share."""

    current_nights: Count
    min_rows: Count
    effect_size: Annotated[float, Field(gt=0)]
    missing_share: Annotated[float, Field(gt=0, le=1)]


class RetrainingSettings(Frozen):
    """When drift and lost quality ask for a training. `quality_drop` is average precision; 0 days: no cooldown."""

    sustained_nights: Count
    quality_nights: Count
    quality_drop: Annotated[float, Field(gt=0, lt=1)]
    cooldown_days: Hours


class NotificationSettings(Frozen):
    """Where notices go, empty for nowhere, the seconds that one call may take, and the address of a case's page.

    `webhook_url` gets JSON for programs, each of `services` (addresses that Apprise knows) its own form for people.
    """

    webhook_url: str = Field(default="", repr=False)  # whoever knows it can post as we do
    services: tuple[str, ...] = Field(default=(), repr=False)
    timeout_seconds: Annotated[float, Field(gt=0, le=60)]
    case_url: str = ""

    @field_validator("services")
    @classmethod
    def _each_names_its_service(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.match(r"[A-Za-z][A-Za-z0-9+.-]*://\S+$", address) for address in addresses):
            raise ValueError("an address begins with the service's name as Apprise has it, such as mailtos://")
        return addresses

    @field_validator("case_url")
    @classmethod
    def _can_be_filled_in(cls, url: str) -> str:
        known = [f"{{{gap}}}" for gap in CASE_GAPS]
        rest = re.sub("|".join(map(re.escape, known)), "x", url)
        if url and not re.match(r"https?://[^/\s(){}<>]+(/[^\s(){}<>]*)?$", rest):
            raise ValueError(f"it begins with http:// or https:// and holds no gaps but {', '.join(known)}")
        return url


class MetricsSettings(Frozen):
    """Into which folder the metrics' textfile is written beside the published copy; empty for no other."""

    textfile_folder: str = ""

    @field_validator("textfile_folder")
    @classmethod
    def _is_absolute(cls, folder: str) -> str:
        if folder and not Path(folder).expanduser().is_absolute():
            raise ValueError("write the path out from / on: that of the collector whose folder it is")
        return folder


class HousekeepingSettings(Frozen):
    """How much is kept: nights of pages, published snapshots, versions' files, days of Dagster's runs."""

    keep_reports: Count
    keep_snapshots: Count
    keep_models: Annotated[int, Field(ge=2)]
    keep_run_days: Count


class WarehouseSettings(Frozen):
    """How long a writer waits for the warehouse's lock before it gives up."""

    wait_seconds: Annotated[float, Field(gt=0)]


class MLflowSettings(Frozen):
    """The names of the experiment and of the registered model, and where a team keeps records and files.

    `database` is a PostgreSQL, empty for a file under the home; `files` an S3 store's folder, empty for one under the
    home.
    """

    experiment: str
    model_name: str
    database: str = Field(default="", repr=False)  # it holds a password
    files: str = ""

    @field_validator("database")
    @classmethod
    def _is_a_database(cls, address: str) -> str:
        return require_postgres(address, MLFLOW_DB)

    @field_validator("files")
    @classmethod
    def _is_a_store(cls, address: str) -> str:
        return require_s3(address, MLFLOW_FILES)


class PublishingSettings(Frozen):
    """The folder of an S3 store to which the published copy is mirrored, empty for none."""

    mirror: str = ""

    @field_validator("mirror")
    @classmethod
    def _is_a_store(cls, address: str) -> str:
        return require_s3(address, MIRROR)


class ScheduleSettings(Frozen):
    """When nights and the weekly training run, in UTC: `nightly_minute` past the scoring hour, `weekly` as cron.

    `first_night` is the first that may be scored; by default the first day that `vars.plausible_clock` believes.
    """

    first_night: date | None = None
    nightly_minute: Annotated[int, Field(ge=0, le=59)]
    weekly: str


class ServingSettings(Frozen):
    """Where `make serve` listens, under which names and prefix it is asked, and what it lets through.

    `hosts` are names beside those of this machine; where `host` is no loopback address and there are none, every name
    is answered. `prefix` is the path under which a proxy shows the pages and which it takes away. A last night older
    than `stale_after_hours` is unwell. `requests_per_second` and `writes_per_minute` are of one client. `dagster_url`,
    where it is set, is where pages lead for the runs of a night.
    """

    host: str
    port: Annotated[int, Field(ge=0, le=65535)]
    hosts: tuple[str, ...] = ()
    prefix: Annotated[str, Field(pattern=r"^(/[\w.~-]+)*$")] = ""
    stale_after_hours: Count
    requests_per_second: Count
    writes_per_minute: Count
    body_kilobytes: Count
    batch_megabytes: Count
    dagster_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")] = ""


class Workspace(Frozen):
    """`workspace.toml` with the environment applied, one field for each section."""

    paths: Paths
    engine: EngineSettings
    demo: DemoSettings
    replay: ReplaySettings
    training: TrainingSettings
    evaluation: EvaluationSettings
    promotion: PromotionSettings
    economics: Economics
    scoring: ScoringSettings
    pages: PagesSettings
    drift: DriftSettings
    retraining: RetrainingSettings
    notifications: NotificationSettings
    metrics: MetricsSettings = MetricsSettings()
    housekeeping: HousekeepingSettings
    warehouse: WarehouseSettings
    mlflow: MLflowSettings
    publishing: PublishingSettings = PublishingSettings()
    schedules: ScheduleSettings
    serving: ServingSettings

    @model_validator(mode="after")
    def _replay_is_held_out(self) -> Self:
        if self.replay.nights > self.evaluation.holdout_nights:
            raise ValueError(
                f"replay.nights = {self.replay.nights} is more than evaluation.holdout_nights = "
                f"{self.evaluation.holdout_nights}: the model would have trained on nights that are replayed"
            )
        return self
