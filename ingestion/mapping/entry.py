"""One entry of a mapping with its expressions parsed: what a file of its feed is made by."""

from dataclasses import dataclass

from ingestion.feeds import RUNS, Column, Feed
from ingestion.mapping.expressions import ParsedExpression
from ingestion.mapping.lookups import Lookup
from ingestion.mapping.reader import Table
from settings import FeedMapping, LongFormat, TelemetryMapping
from warehouse.sql import ident

SENSOR = "sensor"  # of a reading in a long file: which one its value is of


@dataclass(frozen=True)
class EntryPlan:
    """One entry of a feed in vars.mapping, its expressions parsed by the key under which each stands.

    joins: for each lookup the key of the expression that is looked up in it. elsewhere: sensors that other entries of
    telemetry name and this one does not. tagged: of a long file, the sensors that its tag table has; None for any.
    """

    feed: Feed
    place: str
    entry: FeedMapping
    parsed: dict[str, ParsedExpression]
    lookups: dict[str, Lookup]
    joins: dict[str, str]
    elsewhere: frozenset[str] = frozenset()
    tagged: frozenset[str] | None = None

    @property
    def long(self) -> LongFormat | None:
        """How a file with one reading a row is read; None for one with a column for each sensor."""
        return self.entry.long if isinstance(self.entry, TelemetryMapping) else None

    def columns(self, table: Table) -> dict[str, tuple[Column, ParsedExpression]]:
        """The columns of the feed that the file can have: by key what each is made of, its own namesake by default."""
        named = {key.removeprefix("columns.").lower(): key for key in self.parsed if key.startswith("columns.")}
        header = {name.lower(): name for name in table.types}
        found = {}
        for column in self.feed.columns:
            name, default = column.name.lower(), self._default(column)
            if column.sensor and self.long:
                continue
            if column.name == RUNS and not column.sensor:
                if "running" in self.parsed:
                    found["running"] = (column, self.parsed["running"])
            elif name in named:
                found[named[name]] = (column, self.parsed[named[name]])
            elif default is not None:
                found[f"columns.{column.name}"] = (column, default)
            elif there := header.get(name) or header.get(column.label.lower() or name):
                same = ParsedExpression(ident(there), ((there,),), windows=False)
                found[f"columns.{column.name}"] = (column, same)
        return found

    def _default(self, column: Column) -> ParsedExpression | None:
        """In a long file the lookup of its tags says of which machine a reading is."""
        if self.long and self.long.tags and column.name == "machineID":
            return _of_tags(self.long.tags, "machineID")
        return None

    @property
    def sensor(self) -> ParsedExpression | None:
        """What says of which sensor a reading of a long file is."""
        if self.long is None:
            return None
        own = next((one for key, one in self.parsed.items() if key.lower() == f"columns.{SENSOR}"), None)
        return own or _of_tags(str(self.long.tags), SENSOR)


def _of_tags(tags: str, column: str) -> ParsedExpression:
    return ParsedExpression(f"{ident(tags)}.{ident(column)}", ((tags, column),), windows=False)


def sentence(plan: EntryPlan, key: str, text: str, reason: str) -> str:
    """Why an expression cannot be used, with the feed and the key under which it stands."""
    return f"vars.mapping.{plan.place}.{key}: {text} cannot be used ({reason})"
