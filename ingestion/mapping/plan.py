"""A mapping made ready: its lookups loaded, its expressions judged, and tried on the files before any of them lands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ingestion.discover import Drop
from ingestion.errors import LandingError, RefusedError
from ingestion.feeds import RUNNING, Column, Feed, Kind
from ingestion.mapping.cells import KindError, Made, made_value
from ingestion.mapping.expressions import ExpressionError, Parsed, bind, parse, scope_of
from ingestion.mapping.lookups import Lookup, load_lookup
from ingestion.mapping.reader import Table, open_table
from ingestion.troubles import file_troubles_reported
from settings import FeedMapping, LongFormat, TelemetryMapping
from settings import Mapping as FleetMapping
from warehouse.connection import Connection
from warehouse.sql import ident

_HOLDS = {"where": Column("where", Kind.FLAG), "long.value": Column("value", Kind.NUMBER)}
SENSOR = "sensor"  # of a reading in a long file: which one its value is of


@dataclass(frozen=True)
class EntryPlan:
    """One entry of a feed in vars.mapping, its expressions parsed by the key under which each stands.

    joins: for each lookup the key of the expression that is looked up in it. elsewhere: sensors that other entries of
    telemetry name and this one does not.
    """

    feed: Feed
    place: str
    entry: FeedMapping
    parsed: dict[str, Parsed]
    lookups: dict[str, Lookup]
    joins: dict[str, str]
    elsewhere: frozenset[str] = frozenset()

    @property
    def long(self) -> LongFormat | None:
        """How a file with one reading a row is read; None for one with a column for each sensor."""
        return self.entry.long if isinstance(self.entry, TelemetryMapping) else None

    def columns(self, table: Table) -> dict[str, tuple[Column, str, Parsed]]:
        """The columns of the feed that the file can have: by key what each is made of, its own namesake by default."""
        named = {key.removeprefix("columns.").lower(): key for key in self.parsed if key.startswith("columns.")}
        header = {name.lower(): name for name in table.types}
        found = {}
        for column in self.feed.columns:
            name, default = column.name.lower(), self._default(column)
            if column.sensor and self.long:
                continue
            if column.name == RUNNING:
                if "running" in self.parsed:
                    found["running"] = (column, "running", self.parsed["running"])
            elif name in named:
                found[named[name]] = (column, named[name], self.parsed[named[name]])
            elif default is not None:
                found[f"columns.{column.name}"] = (column, f"columns.{column.name}", default)
            elif name in header:
                same = Parsed(ident(header[name]), ((header[name],),), windows=False, made_by="")
                found[f"columns.{column.name}"] = (column, f"columns.{column.name}", same)
        return found

    def _default(self, column: Column) -> Parsed | None:
        """In a long file the lookup of its tags says of which machine a reading is."""
        if self.long and self.long.tags and column.name == "machineID":
            return _of_tags(self.long.tags, "machineID")
        return None

    @property
    def sensor(self) -> Parsed | None:
        """What says of which sensor a reading of a long file is."""
        if self.long is None:
            return None
        own = next((one for key, one in self.parsed.items() if key.lower() == f"columns.{SENSOR}"), None)
        return own or _of_tags(str(self.long.tags), SENSOR)


def _of_tags(tags: str, column: str) -> Parsed:
    return Parsed(f"{ident(tags)}.{ident(column)}", ((tags, column),), windows=False, made_by="")


@dataclass(frozen=True)
class Tried:
    """What came of trying one expression on one file: what it makes there, or why it makes nothing."""

    key: str
    column: Column | None
    made: Made | None
    reason: str = ""
    lacking: str = ""

    @property
    def may_be_absent(self) -> bool:
        """Whether the file may do without it: it lacks a column for what it need not have."""
        return bool(self.lacking) and self.column is not None and not self.column.needed


def try_on(con: Connection, plan: EntryPlan, table: Table) -> list[Tried]:
    """Every expression of the entry on the columns of a file, none of its rows."""
    scope = scope_of({**table.types, **{name: plan.lookups[name].type for name in plan.joins}})
    wanted: list[tuple[str, Column | None, Parsed]] = [(key, None, plan.parsed[key]) for key in _beside(plan)]
    if plan.sensor:
        wanted.append((f"columns.{SENSOR}", None, plan.sensor))
    columns = plan.columns(table)
    wanted += [(key, column, parsed) for column, key, parsed in columns.values()]
    known = {name.lower() for name in (*table.types, *plan.joins)}
    return [_try(con, plan, table, scope, known, at, one) for at, one in enumerate(wanted)]


def _bound(con: Connection, parsed: Parsed, scope: str) -> tuple[Parsed, str]:
    """The expression and its type; what DuckDB cannot do with text, such as sums, is done with numbers."""
    try:
        return parsed, bind(con, parsed, scope)
    except ExpressionError:
        over_numbers = parsed.over_numbers()
        try:
            return over_numbers, bind(con, over_numbers, scope)
        except ExpressionError:
            pass
        raise


def _beside(plan: EntryPlan) -> list[str]:
    """The keys of what is no column of the feed."""
    return [*plan.joins.values(), *(key for key in ("where", "long.value") if key in plan.parsed)]


def _try(
    con: Connection,
    plan: EntryPlan,
    table: Table,
    scope: str,
    known: set[str],
    at: int,
    wanted: tuple[str, Column | None, Parsed],
) -> Tried:
    key, column, parsed = wanted
    lacking = next((path[0] for path in parsed.paths if path[0].lower() not in known), "")
    if lacking:
        return Tried(key, column, None, f"the file has no column {lacking}", lacking)
    try:
        parsed, kind = _bound(con, parsed, scope)
        if key == "where" and kind != "BOOLEAN":
            raise KindError(f"it is a {kind}, neither true nor false")
        value = _HOLDS.get(key, column)
        name = key.removeprefix("columns.")
        return Tried(key, column, made_value(at, name, value, parsed, kind, plan.entry.zone, table.types))
    except (ExpressionError, KindError) as error:
        return Tried(key, column, None, str(error))


def needed_of(plan: EntryPlan) -> Iterator[Column]:
    """The columns without which no row is usable."""
    yield from (column for column in plan.feed.columns if column.needed)


def sentence(plan: EntryPlan, key: str, text: str, reason: str) -> str:
    """Why an expression cannot be used, with the feed and the key under which it stands."""
    return f"vars.mapping, {plan.place}, {key}: {text} cannot be used ({reason})"


@dataclass(frozen=True)
class Plan:
    """All entries of a mapping by feed and place."""

    entries: dict[tuple[str, int], EntryPlan] = field(default_factory=dict)

    def of(self, drop: Drop) -> EntryPlan | None:
        """The entry that says how to read a file; None for one that is known by its name."""
        return None if drop.entry is None else self.entries[drop.feed, drop.entry]


def prepare(con: Connection, mapping: FleetMapping | None, feeds: Mapping[str, Feed], drops: Iterable[Drop]) -> Plan:
    """Load the lookups, judge every expression, and try each on the files until one can use it.

    Raises LandingError, one sentence for each expression that is refused or that no file can use.
    """
    if mapping is None:
        return Plan()
    lookups = {name: load_lookup(con, name, known) for name, known in mapping.lookups.items()}
    problems: list[str] = []
    entries = {}
    for feed, found in mapping.feeds.items():
        for index, entry in enumerate(found):
            others = [other for other in found if other is not entry]
            plan = _parsed(con, feeds[feed], f"{feed}[{index}]", entry, others, lookups, problems)
            entries[feed, index] = plan
    if problems:
        raise LandingError("\n".join(problems))
    plans = Plan(entries)
    for (feed, index), plan in entries.items():
        problems += _unusable(con, plan, [one for one in drops if (one.feed, one.entry) == (feed, index)])
    if problems:
        raise LandingError("\n".join(problems))
    return plans


def _parsed(
    con: Connection,
    feed: Feed,
    place: str,
    entry: FeedMapping,
    others: list[FeedMapping],
    lookups: dict[str, Lookup],
    problems: list[str],
) -> EntryPlan:
    joins = {name: f"join.{name}" for name in entry.join}
    long = entry.long if isinstance(entry, TelemetryMapping) else None
    if long and long.tags:
        joins.setdefault(long.tags, "long.tag")
    parsed: dict[str, Parsed] = {}
    sensors = {column.name.lower(): column.name for column in feed.sensors}
    named = {name.lower() for name in entry.columns}
    elsewhere = {name.lower() for other in others for name in other.columns} - named
    silent = frozenset(name for lower, name in sensors.items() if lower in elsewhere)
    plan = EntryPlan(feed, place, entry, parsed, lookups, joins, silent)
    problems += _bad_columns(plan)
    for key, text in entry.expressions():
        try:
            parsed[key] = parse(con, text)
            _refuse_lookup(plan, parsed[key])
        except ExpressionError as error:
            problems.append(f"{sentence(plan, key, text, str(error))}; correct it.")
    return plan


def _bad_columns(plan: EntryPlan) -> Iterator[str]:
    columns = [column.name for column in plan.feed.columns if column.name != RUNNING]
    if plan.long:
        columns = [SENSOR, *(name for name in columns if name not in {one.name for one in plan.feed.sensors})]
    known = {name.lower() for name in columns}
    for name in plan.entry.columns:
        if name.lower() not in known:
            yield (
                f"vars.mapping, {plan.place}, columns.{name} is no column of {plan.feed.name}; it has "
                f"{', '.join(columns)}."
            )
    if plan.long and plan.long.tags is None and SENSOR not in {name.lower() for name in plan.entry.columns}:
        yield f"vars.mapping, {plan.place}, long: give `tag` and `tags`, or columns.machineID and columns.sensor."
    if plan.long and plan.long.tags:
        named = {name.lower() for name in plan.entry.columns}
        tags = plan.lookups[plan.long.tags]
        for name in (SENSOR, "machineID"):
            if name.lower() not in named and not tags.has(name):
                yield (
                    f"vars.mapping, {plan.place}, long: the lookup {tags.name} has no column {name}; add it, or give "
                    f"columns.{name}."
                )


def _refuse_lookup(plan: EntryPlan, parsed: Parsed) -> None:
    for path in parsed.paths:
        lookup = next((one for name, one in plan.lookups.items() if name.lower() == path[0].lower()), None)
        if lookup is None or len(path) < 2:
            continue
        if lookup.name not in plan.joins:
            raise ExpressionError(f"{lookup.name} is not joined; add `join: {{{lookup.name}: ...}}`")
        if not lookup.has(path[1]):
            raise ExpressionError(f"{lookup.name} has no column {path[1]}; it has {', '.join(lookup.columns)}")


def _unusable(con: Connection, plan: EntryPlan, drops: list[Drop]) -> Iterator[str]:
    """Sentences on the expressions that no file of the entry can use; one that cannot be read says so later."""
    pending: dict[str, str] | None = None
    for drop in drops:
        try:
            with file_troubles_reported(drop):
                tried = try_on(con, plan, open_table(con, drop, plan.entry))
        except RefusedError:
            continue
        bad = {one.key: _why(con, plan, one, drop) for one in tried if one.made is None}
        pending = bad if pending is None else {key: why for key, why in pending.items() if key in bad}
        if not pending:
            return
    yield from filter(None, (pending or {}).values())


def _why(con: Connection, plan: EntryPlan, tried: Tried, drop: Drop) -> str:
    """Empty for a column that earlier files may have had: those of today may be of another kind of machine."""
    if tried.may_be_absent:
        landed = con.execute("select 1 from raw.landed_files where feed = ? limit 1", [plan.feed.name]).fetchone()
        if landed:
            return ""
    text = plan.parsed[tried.key].text if tried.key in plan.parsed else tried.key
    return f"{sentence(plan, tried.key, text, tried.reason)}, in no file, such as {drop.name}; correct one of them."
