"""The feeds: the columns of each, the values they may hold, and the key that identifies a row."""

from dataclasses import dataclass, field, replace
from enum import Enum

from ingestion.errors import LandingError
from ingestion.words import Words, words_of
from settings import Fleet, PlausibleClock
from warehouse.sql import needs_no_quotes

AVAILABLE_AT = "available_at"
# Columns that stand beside sensors in staged tables alone, by which no sensor can be called; a file may call it so.
STAGED_BESIDE = ("machine_id", "event_at", "event_us", "file_id", "superseded_at")
BESIDE_SENSORS = ("datetime", "machineid", AVAILABLE_AT, *STAGED_BESIDE)
RUNS = "running"  # a column of telemetry where vars.mapping says when a machine runs; NULL is running
TELEMETRY = "telemetry"
REQUIRED = (TELEMETRY,)
FEEDS = ("machines", "telemetry", "errors", "maint", "failures", "feedback")
TABLES = (*FEEDS, "rejected", "findings", "landed_files", "refused_files")  # of schema raw
VERDICTS = ("acknowledged", "false alarm", "replaced")


class Kind(Enum):
    """What a column holds; the value is its DuckDB type."""

    TIME = "TIMESTAMP"
    TEXT = "VARCHAR"
    NUMBER = "DOUBLE"
    FLAG = "BOOLEAN"


@dataclass(frozen=True)
class Column:
    """One column of a feed; `needed` rows without a value are unusable, an `optional` column may be absent.

    A column with `choices` holds one of them, however its writer used capitals, spaces, underscores and hyphens. A
    sensor may stand in a file by its `label` too; its readings are plausible from `low` to `high`, and kept in steps of
    `resolution`, all in its unit. A time that is `free` may lie ahead, and one that cannot be read is left out: its row
    says enough without it.
    """

    name: str
    kind: Kind
    needed: bool = False
    optional: bool = False
    sensor: bool = False
    label: str = ""
    free: bool = False
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    resolution: float = 0.0

    @property
    def may_be_lost(self) -> bool:
        """Whether a cell that cannot be read is left out and told, its row kept."""
        return self.kind in (Kind.NUMBER, Kind.FLAG) or self.free


@dataclass(frozen=True)
class Feed:
    """One kind of raw file. `key` identifies a row, and rows are stored in its order.

    A row without an available_at of its own becomes known `latency_hours` after its event. `cost_if_missing` says what
    the fleet loses without the feed; empty where nothing is lost. Of readings, one is due every `step_seconds`. The
    sensors are those of `vars_file`.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    cost_if_missing: str = ""
    latency_hours: int = 0
    step_seconds: float = 3600.0
    words: Words = field(default_factory=Words)
    clock: PlausibleClock = field(default_factory=PlausibleClock)
    vars_file: str = "dbt_project.yml"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the order of the raw table."""
        return tuple(column.name for column in self.columns)

    @property
    def timed(self) -> bool:
        """Whether its rows are events with a datetime; the list of machines has none."""
        return "datetime" in self.names

    @property
    def identity(self) -> tuple[str, ...]:
        """The key together with the availability time: a row known earlier is another row."""
        return (*self.key, AVAILABLE_AT) if self.timed else self.key

    @property
    def values(self) -> tuple[str, ...]:
        """The columns outside the identity: what a later row of the same identity corrects."""
        return tuple(name for name in self.names if name not in self.identity)

    @property
    def sensors(self) -> tuple[Column, ...]:
        """The telemetry columns of the vars; empty for every other feed."""
        return tuple(column for column in self.columns if column.sensor)

    @property
    def merges(self) -> bool:
        """Whether rows of one key complete each other, a sensor each or several, and an empty cell says nothing."""
        return bool(self.sensors)

    @property
    def required(self) -> bool:
        """Whether landing fails as long as no file of this feed has ever landed."""
        return self.name in REQUIRED


REGISTER = (
    Column("machineID", Kind.TEXT, needed=True),
    Column("model", Kind.TEXT, optional=True),
    Column("age", Kind.NUMBER, optional=True),
    Column("in_service_from", Kind.TIME, optional=True, free=True),
    Column("in_service_until", Kind.TIME, optional=True, free=True),
)


def feeds_of(fleet: Fleet) -> dict[str, Feed]:
    """The feeds by name, machines first. Raises LandingError when a sensor takes the name of another column."""
    running = fleet.mapping is not None and fleet.mapping.knows_running
    _require_free_names(fleet, {*BESIDE_SENSORS, *([RUNS] if running else [])})
    flag = (Column(RUNS, Kind.FLAG, optional=True),) if running else ()
    feeds = (
        Feed("machines", REGISTER, ("machineID",), "model, age and time in service of every machine are unknown"),
        _events("telemetry", *_sensors(fleet), *flag),
        _events("errors", _code("errorID"), cost="nothing can be learnt from error codes"),
        _events("maint", _code("comp"), cost="the age of every component is unknown"),
        _events(
            "failures",
            _code("failure"),
            Column("ended_at", Kind.TIME, optional=True, free=True),
            Column("known_good_at", Kind.TIME, optional=True, free=True),
            cost="no label can be made, so no model can be trained or judged",
        ),
        _events(
            "feedback",
            _code("comp"),
            Column("verdict", Kind.TEXT, needed=True, choices=VERDICTS),
            Column("note", Kind.TEXT, optional=True),
        ),
    )
    latencies = fleet.feed_latency_hours.model_dump()
    words = words_of(fleet.missing_words, fleet.removed_words)
    return {
        feed.name: replace(
            feed,
            latency_hours=latencies.get(feed.name, 0),
            step_seconds=fleet.telemetry_step.total_seconds(),
            words=words,
            clock=fleet.plausible_clock,
            vars_file=fleet.file,
        )
        for feed in feeds
    }


def _require_free_names(fleet: Fleet, taken: set[str]) -> None:
    """Sensors and their labels are column names; `taken`, in small letters, are those of other columns."""
    for sensor in fleet.sensors:
        # A leading underscore marks the columns that landing adds.
        if sensor.lower() in taken or sensor.startswith("_"):
            raise LandingError(f"vars.sensors.{sensor} has the name of a column that is taken: rename that sensor.")
        if not needs_no_quotes(sensor):
            raise LandingError(
                f"vars.sensors.{sensor} is a word of SQL: call it otherwise, and {sensor!r} its label, by which files "
                "know it."
            )
        taken.add(sensor.lower())
    for sensor in fleet.sensors:
        label = fleet.sensor_label(sensor)
        if label != sensor and label.lower() in taken - {sensor.lower(), *STAGED_BESIDE}:
            raise LandingError(
                f"vars.sensors.{sensor} is labelled {label!r}, a column name that is taken: label it otherwise."
            )
        taken.add(label.lower())


def _sensors(fleet: Fleet) -> tuple[Column, ...]:
    return tuple(
        Column(
            name,
            Kind.NUMBER,
            sensor=True,
            label=fleet.sensor_label(name),
            low=known.min,
            high=known.max,
            resolution=float(f"1e-{fleet.decimals(name)}"),
        )
        for name, known in fleet.sensors.items()
    )


def _code(name: str) -> Column:
    return Column(name, Kind.TEXT, needed=True)


def _events(name: str, *own: Column, cost: str = "") -> Feed:
    columns = (
        Column("datetime", Kind.TIME, needed=True),
        Column("machineID", Kind.TEXT, needed=True),
        *own,
        Column(AVAILABLE_AT, Kind.TIME, optional=True),
    )
    codes = tuple(c.name for c in own if c.kind is Kind.TEXT and c.needed and not c.choices)
    return Feed(name, columns, ("datetime", "machineID", *codes), cost)
