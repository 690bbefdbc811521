"""The one reader of the settings: `workspace.toml` and the vars of `dbt_project.yml`, read into frozen models.

`workspace.toml` says how this workspace runs, and explains each key; the dbt vars say what the fleet looks like and
what a row means. Each class below is one section of them.
The environment variables NIGHTSHIFT_HOME, NIGHTSHIFT_DROPS, NIGHTSHIFT_TARGET and NIGHTSHIFT_WEBHOOK override theirs
for every entry point.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import quote

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

ROOT = Path(__file__).resolve().parent
WORKSPACE_FILE = "workspace.toml"
FLEET_FILE = "dbt_project.yml"

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MOST_STEPS = 10**15  # whole numbers that a double holds exactly, with room for rounding

Hours = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Number = Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)]
Money = Annotated[float, Field(ge=0)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class SettingsError(ValueError):
    """A settings file that cannot be used; the message names the file, the key and the cure."""


class Frozen(BaseModel):
    """An immutable model that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sensor(Frozen):
    """A telemetry column: its unit, and the range in that unit outside of which a reading is implausible.

    `decimals` are kept of each reading (default: see `Fleet.decimals`).
    """

    unit: str = ""
    min: Annotated[float, Field(strict=True)]  # YAML reads 1e5 as text
    max: Annotated[float, Field(strict=True)]
    decimals: Annotated[int, Field(ge=0, le=15)] | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.min >= self.max:
            raise ValueError("an accepted range needs min < max")
        return self


class PlausibleClock(Frozen):
    """Which times landing believes; `ingestion.plausible_times` says how each is used."""

    ahead_minutes: Annotated[int, Field(ge=0, le=60)] = 60
    earliest: Annotated[date, Field(ge=date(1970, 1, 1))] = date(1990, 1, 1)
    gap_days: Count = 7
    reach_days: Count = 45
    confirm_rows: Count = 24


class FeedLatency(Frozen):
    """Hours from an event until the feed shows it, for rows without an available_at of their own."""

    telemetry: Hours = 0
    errors: Hours = 0
    maint: Hours = 0
    failures: Hours = 0


class FeedReaches(Frozen):
    """The moment up to which a feed's events are known, where somebody says so; None: derived (`feed_reach`)."""

    errors: datetime | None = None
    maint: datetime | None = None
    failures: datetime | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _is_a_moment(cls, value: object) -> object:
        if value is not None and not MOMENT.fullmatch(str(value)):
            raise ValueError(f"{value} must be a moment in quotes such as '2026-01-31 00:00'")
        return value


class Fleet(Frozen):
    """The dbt vars: what the fleet looks like and what a row of the mart means. Units are in the names.

    A reading is kept as a whole number of its sensor's last decimals, at most MOST_STEPS of them, so that a double
    holds it exactly: a sensor whose range needs more keeps fewer decimals than `sensor_decimals`.
    The macro `bad_vars` refuses the same values for who runs dbt alone.
    """

    sensors: dict[Identifier, Sensor] = Field(min_length=1)
    error_codes: tuple[Identifier, ...]
    components: tuple[Identifier, ...] = Field(min_length=1)
    telemetry_step_hours: Number
    snapshot_every_hours: Count
    scoring_hour: Annotated[int, Field(ge=0, le=23)]
    horizon_hours: Count
    windows_hours: tuple[Count, ...] = Field(min_length=1)
    baseline_hours: Count
    min_baseline_readings: Count
    sensor_decimals: Annotated[int, Field(ge=0, le=6)]
    missing_words: tuple[str, ...] = ()
    removed_words: tuple[str, ...] = ("removed",)
    plausible_clock: PlausibleClock = PlausibleClock()
    feed_latency_hours: FeedLatency
    corrective_hours: Hours
    outage_gap_hours: Hours = 24
    retired_after_days: Count = 14
    feed_reaches: FeedReaches = FeedReaches()
    restate_days: Hours
    slice_rows: Count
    episode_cooldown_hours: Hours

    @model_validator(mode="after")
    def _hours_fit_together(self) -> Self:
        step, longest = self.telemetry_step_hours, max(self.windows_hours)
        if not SECOND <= self.telemetry_step <= DAY:
            raise ValueError(f"telemetry_step_hours = {step} is none from a second (0.0003) to a day (24)")
        if 24 % self.snapshot_every_hours:
            raise ValueError(f"snapshot_every_hours = {self.snapshot_every_hours} does not divide 24")
        if 24 * self.retired_after_days < step:
            raise ValueError(f"retired_after_days = {self.retired_after_days} is below telemetry_step_hours = {step}")
        if self.baseline_hours <= longest:
            raise ValueError(f"baseline_hours = {self.baseline_hours} is no longer than the longest of windows_hours")
        if self._readings_due(self.baseline_hours - longest) < 2:
            raise ValueError(
                f"baseline_hours = {self.baseline_hours} leaves {self.baseline_hours - longest} h before the longest "
                f"window, fewer than two steps of telemetry_step_hours = {step}: make it longer"
            )
        return self

    @property
    def telemetry_step(self) -> timedelta:
        """From one reading of a machine to the next, in whole seconds."""
        return timedelta(seconds=round(self.telemetry_step_hours * 3600))

    @property
    def least_baseline_readings(self) -> int:
        """From how many readings on a baseline counts; the macro of that name says why."""
        due = self._readings_due(self.baseline_hours - max(self.windows_hours))
        return min(self.min_baseline_readings, max(due // 2, 2))

    def _readings_due(self, hours: int) -> int:
        return timedelta(hours=hours) // self.telemetry_step

    @model_validator(mode="after")
    def _every_range_fits(self) -> Self:
        for name, sensor in self.sensors.items():
            decimals = self.decimals(name)
            if _widest(sensor) * 10**decimals > MOST_STEPS:
                raise ValueError(
                    f"sensors.{name} reaches to {_widest(sensor):g} with {decimals} decimals, and at most 15 digits "
                    "are kept of a reading: give it a narrower range or fewer decimals"
                )
            if _widest(sensor) * 10**decimals < 1:
                raise ValueError(
                    f"sensors.{name} reaches to {_widest(sensor):g} and keeps {decimals} decimals, so every reading "
                    f"would be 0: give it decimals of its own, such as {{min: ..., max: ..., decimals: 12}}"
                )
        return self

    def decimals(self, sensor: str) -> int:
        """How many decimals of a sensor's readings are kept: its own, or as many of `sensor_decimals` as fit."""
        known = self.sensors[sensor]
        if known.decimals is not None:
            return known.decimals
        fitting = (d for d in range(self.sensor_decimals, 0, -1) if _widest(known) * 10**d <= MOST_STEPS)
        return next(fitting, 0)


def _widest(sensor: Sensor) -> float:
    return max(abs(sensor.min), abs(sensor.max))


class Paths(Frozen):
    """Where the workspace reads and writes, as absolute paths. All that is generated is under `home`, but `reports`."""

    home: Path
    drops: Path
    reports: Path | None = None

    @model_validator(mode="after")
    def _home_can_be_opened(self) -> Self:
        text = str(self.home)
        if os.path.isfile(self.home):  # noqa: PTH113 - Path.is_file fails where a folder above may not be read
            raise ValueError(f"paths.home (or NIGHTSHIFT_HOME) = {text!r} is a file; name a folder")
        odd = {mark for mark in text if mark in "?#\\" or not mark.isprintable()}
        odd |= set(re.findall("%[0-9A-Fa-f]{2}", text))
        if odd:
            raise ValueError(
                f"paths.home (or NIGHTSHIFT_HOME) = {text!r} holds {', '.join(map(repr, sorted(odd)))}, which DuckDB, "
                "dbt or Dagster's database would take for something else; name another folder"
            )
        return self

    @property
    def warehouse(self) -> Path:
        """The DuckDB file of all tables; on Spark, of Python's own tables and views over the lake."""
        return self.home / "warehouse.duckdb"

    @property
    def lake(self) -> Path:
        """Where Spark keeps its tables; on a cluster, a folder that every worker sees."""
        return self.home / "lake"

    @property
    def published(self) -> Path:
        """The folder of the published copy, which readers open instead of the warehouse."""
        return self.home / "published"

    @property
    def mlflow_uri(self) -> str:
        """MLflow's tracking and registry store."""
        return sqlite_uri(self.home / "mlflow.db")

    @property
    def mlflow_artifacts(self) -> Path:
        """The folder of MLflow's model files."""
        return self.home / "mlruns"

    @property
    def dbt_target(self) -> Path:
        """Dbt's target folder: the manifest, compiled SQL and run results."""
        return self.home / "dbt"

    @property
    def log(self) -> Path:
        """The output of all jobs that commands have run."""
        return self.home / "logs" / "run.log"

    @property
    def notification_log(self) -> Path:
        """Every notice and its delivery, one JSON object a line."""
        return self.home / "logs" / "notifications.log"

    @property
    def report_dir(self) -> Path:
        """The folder of the pages: `reports`, or one under `home` where that is not set."""
        return self.reports or self.home / "reports"


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


class TrainingSettings(Frozen):
    """How a model is trained: its history, folds, CatBoost's parameters, sampling, and the columns left out.

    The defaults of `borders`, `leaf_steps` and `one_hot_models` are CatBoost's own, by which those models were made
    whose record does not name them.
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
    one_hot_models: Annotated[int, Field(ge=2, le=255)] = 2
    bags: Annotated[int, Field(ge=1, le=20)]
    max_rows: Count
    outage_share: Annotated[float, Field(ge=0, le=1)]
    leave_out: tuple[str, ...] = ()
    seed: int
    threads: Count


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
    """Where notices are posted, empty for nowhere, and the seconds that one POST may take."""

    webhook_url: str = Field(default="", repr=False)  # whoever knows it can post as we do
    timeout_seconds: Annotated[float, Field(gt=0, le=60)]


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
    """The names of the experiment and of the registered model."""

    experiment: str
    model_name: str


class ScheduleSettings(Frozen):
    """When nights and the weekly training run, in UTC: `nightly_minute` past the scoring hour, `weekly` as cron.

    `first_night` is the first that may be scored; by default the first day that `vars.plausible_clock` believes.
    """

    first_night: date | None = None
    nightly_minute: Annotated[int, Field(ge=0, le=59)]
    weekly: str


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
    drift: DriftSettings
    retraining: RetrainingSettings
    notifications: NotificationSettings
    housekeeping: HousekeepingSettings
    warehouse: WarehouseSettings
    mlflow: MLflowSettings
    schedules: ScheduleSettings

    @model_validator(mode="after")
    def _replay_is_held_out(self) -> Self:
        if self.replay.nights > self.evaluation.holdout_nights:
            raise ValueError(
                f"replay.nights = {self.replay.nights} is more than evaluation.holdout_nights = "
                f"{self.evaluation.holdout_nights}: the model would have trained on nights that are replayed"
            )
        return self


class Settings(Frozen):
    """All settings: the workspace's and the fleet's."""

    workspace: Workspace
    fleet: Fleet

    @property
    def paths(self) -> Paths:
        """Short for `workspace.paths`."""
        return self.workspace.paths


SettingsPart = TypeVar("SettingsPart", bound=Frozen)


def load_settings(root: Path = ROOT, env: Mapping[str, str] = os.environ) -> Settings:
    """Read both files under `root`, apply the environment, and make every path absolute.

    Raises SettingsError with one sentence per problem.
    """
    _require_plain(root)
    raw = _read_toml(root / WORKSPACE_FILE)
    raw["paths"] = _resolve_paths(raw.get("paths", {}), root, env)
    if target := env.get("NIGHTSHIFT_TARGET"):
        raw["engine"] = {**raw.get("engine", {}), "target": target}
    if webhook := env.get("NIGHTSHIFT_WEBHOOK"):
        raw["notifications"] = {**raw.get("notifications", {}), "webhook_url": webhook}
    return Settings(
        workspace=_validate(Workspace, raw, WORKSPACE_FILE),
        fleet=_validate(Fleet, _read_vars(root / FLEET_FILE), f"{FLEET_FILE} vars"),
    )


def sqlite_uri(path: Path) -> str:
    """SQLAlchemy's address of an SQLite file, for MLflow: what would end or change the path in it is quoted.

    MLflow makes the folder that it reads off an address of the plain form, quoted letters and all; one that names the
    driver it leaves alone.
    """
    quoted = quote(str(path), safe="/ !$&'()*+,;=:@[]~\\") if set("%?#") & set(str(path)) else str(path)
    return f"sqlite{'+pysqlite' if quoted != str(path) else ''}:///{quoted}"


def _resolve_paths(paths: dict[str, Any], root: Path, env: Mapping[str, str]) -> dict[str, Any]:
    home, drops = env.get("NIGHTSHIFT_HOME"), env.get("NIGHTSHIFT_DROPS")
    out = dict(paths)
    if home:
        out["home"] = Path(home).expanduser().absolute()
    elif "home" in paths:
        out["home"] = _under(root, paths["home"])
        out.setdefault("reports", root / "reports")
    if drops:
        out["drops"] = Path(drops).expanduser().absolute()
    elif home:
        out["drops"] = out["home"] / "drops"
    elif "drops" in paths:
        out["drops"] = _under(root, paths["drops"])
    return out


def _under(root: Path, given: object) -> object:
    return root / Path(given).expanduser() if isinstance(given, str) else given


def _require_plain(root: Path) -> None:
    """MLflow's migrations take `%` in their own path for a name; Dagster looks for dagster.yaml by a pattern."""
    if odd := sorted(set("%*?[") & set(str(root))):
        raise SettingsError(
            f"The folder of this repository, {root}, holds {', '.join(map(repr, odd))}, which MLflow or Dagster would "
            "take for something else: rename it, or move the repository."
        )


def write_out_homes(env: MutableMapping[str, str] = os.environ) -> None:
    """Write out a `~` in NIGHTSHIFT_HOME and NIGHTSHIFT_DROPS, for what reads them past us: profiles.yml and .env."""
    for name in ("NIGHTSHIFT_HOME", "NIGHTSHIFT_DROPS"):
        if env.get(name, "").startswith("~"):
            env[name] = str(Path(env[name]).expanduser())


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing: restore it from the repository.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Correct that line.") from None


def _read_vars(path: Path) -> dict[str, Any]:
    try:
        return dict(yaml.safe_load(path.read_text())["vars"])
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing: restore it from the repository.") from None
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} has no readable `vars:` block{_place(error)}. Correct it.") from None


def _place(error: Exception) -> str:
    """Where the text cannot be read, without the text itself."""
    mark = getattr(error, "problem_mark", None)
    return f": {getattr(error, 'problem', '')}, line {mark.line + 1}" if mark else ""


def _validate(model: type[SettingsPart], raw: Mapping[str, Any], source: str) -> SettingsPart:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(source, item) for item in error.errors())) from None


def _sentence(source: str, item: ErrorDetails) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return f"{source}: unknown key `{key}`; remove it or correct its spelling."
    if item["type"] == "missing":
        return f"{source}: key `{key}` is missing; add it."
    if item["type"] == "value_error" and key in ("", "paths"):
        return f"{source}: {item['ctx']['error']}" + ("." if key else "; correct one of them.")
    return f"{source}: `{key}`{_shown(item)} is not usable ({item['msg']}); correct it."


def _shown(item: ErrorDetails) -> str:
    """The value that a sentence names; never one that may be a secret, whatever its type and wherever it stands."""
    value = item["input"]
    secret = item["loc"][:1] == ("notifications",) or not isinstance(value, bool | int | float | str | date)
    return "" if secret or "://" in str(value) else f" = {value!r}"


@contextmanager
def home_for(folder: Path) -> Iterator[None]:
    """Set NIGHTSHIFT_HOME to `folder` inside the block: profiles.yml finds the warehouse by it."""
    before = os.environ.get("NIGHTSHIFT_HOME")
    os.environ["NIGHTSHIFT_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["NIGHTSHIFT_HOME"]
        else:
            os.environ["NIGHTSHIFT_HOME"] = before
