"""The feeds: the columns of each, the values they may hold, and the key that identifies a row."""

from dataclasses import dataclass, replace
from enum import Enum

from ingestion.errors import LandingError
from settings import Fleet

AVAILABLE_AT = "available_at"
REQUIRED = ("telemetry", "machines")
FEEDS = ("machines", "telemetry", "errors", "maint", "failures", "feedback")
TABLES = (*FEEDS, "rejected", "landed_files")  # of schema raw
VERDICTS = ("acknowledged", "false alarm", "replaced")


class Kind(Enum):
    """What a column holds; the value is its DuckDB type."""

    TIME = "TIMESTAMP"
    TEXT = "VARCHAR"
    NUMBER = "DOUBLE"


@dataclass(frozen=True)
class Column:
    """One column of a feed; `needed` rows without a value are unusable, an `optional` column may be absent.

    A column with `choices` holds one of them, however its writer used capitals, spaces, underscores and hyphens.
    """

    name: str
    kind: Kind
    needed: bool = False
    optional: bool = False
    sensor: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """One kind of raw file. `key` identifies a row, and rows are stored in its order.

    A row without an available_at of its own becomes known `latency_hours` after its event. `cost_if_missing` says what
    the fleet loses without the feed; empty where nothing is lost.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    cost_if_missing: str = ""
    latency_hours: int = 0

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
    def required(self) -> bool:
        """Whether landing fails as long as no file of this feed has ever landed."""
        return self.name in REQUIRED


def feeds_of(fleet: Fleet) -> dict[str, Feed]:
    """The feeds by name, machines first. Raises LandingError when a sensor takes the name of another column."""
    taken = {"datetime", "machineid", AVAILABLE_AT}
    for sensor in fleet.sensors:
        # A leading underscore marks the columns that landing adds.
        if sensor.lower() in taken or sensor.startswith("_"):
            raise LandingError(f"vars.sensors names {sensor}, a column name that is taken: rename that sensor.")
        taken.add(sensor.lower())
    sensors = tuple(Column(name, Kind.NUMBER, sensor=True) for name in fleet.sensors)
    machines = (Column("machineID", Kind.TEXT, needed=True), Column("model", Kind.TEXT), Column("age", Kind.NUMBER))
    feeds = (
        Feed("machines", machines, ("machineID",)),
        _events("telemetry", *sensors),
        _events("errors", _code("errorID"), cost="nothing can be learnt from error codes"),
        _events("maint", _code("comp"), cost="the age of every component is unknown"),
        _events("failures", _code("failure"), cost="no label can be made, so no model can be trained or judged"),
        _events(
            "feedback",
            _code("comp"),
            Column("verdict", Kind.TEXT, needed=True, choices=VERDICTS),
            Column("note", Kind.TEXT, optional=True),
        ),
    )
    latencies = fleet.feed_latency_hours.model_dump()
    return {feed.name: replace(feed, latency_hours=latencies.get(feed.name, 0)) for feed in feeds}


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
