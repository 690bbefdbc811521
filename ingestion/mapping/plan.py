"""A mapping made ready: its lookups loaded, its expressions judged, and tried on the files before any of them lands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ingestion.discover import Drop
from ingestion.errors import LandingError, RefusedError
from ingestion.feeds import RUNS, Feed
from ingestion.landed_files import has_landed
from ingestion.mapping.bound import only_column
from ingestion.mapping.entry import SENSOR, EntryPlan, sentence
from ingestion.mapping.expressions import ExpressionError, ParsedExpression, parse
from ingestion.mapping.lookups import Lookup, load_lookup
from ingestion.mapping.reader import Table, open_table
from ingestion.mapping.trial import Tried, try_on
from ingestion.troubles import file_troubles_reported
from settings import FeedMapping, FleetMapping, TelemetryMapping
from warehouse.connection import Connection


@dataclass(frozen=True)
class Plan:
    """All entries of a mapping by feed and place."""

    entries: dict[tuple[str, int], EntryPlan] = field(default_factory=dict)

    def of(self, drop: Drop) -> tuple[EntryPlan, ...]:
        """The entries that say how to read a file; none for one that is known by its name."""
        return tuple(self.entries[drop.feed, index] for index in drop.entries)


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
        problems += _unusable(con, plan, [one for one in drops if one.feed == feed and index in one.entries])
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
    parsed: dict[str, ParsedExpression] = {}
    sensors = {column.name.lower(): column.name for column in feed.sensors}
    named = {name.lower() for name in entry.columns}
    elsewhere = {name.lower() for other in others for name in other.columns} - named
    for other in others:
        tagged = _tagged(con, other, lookups)
        elsewhere |= set(sensors) if tagged is None else tagged
    silent = frozenset(name for lower, name in sensors.items() if lower in elsewhere)
    tags = _tagged(con, entry, lookups) if long else None
    plan = EntryPlan(feed, place, entry, parsed, lookups, joins, silent, tags)
    problems += _bad_columns(plan)
    for key, text in entry.expressions():
        try:
            parsed[key] = parse(con, text)
            _refuse_lookup(plan, parsed[key])
        except ExpressionError as error:
            problems.append(f"{sentence(plan, key, text, str(error))}; correct it.")
    return plan


def _tagged(con: Connection, entry: FeedMapping, lookups: Mapping[str, Lookup]) -> frozenset[str] | None:
    """The sensors, in small letters, that the tag table of a long entry has; None where each file says it itself."""
    long = entry.long if isinstance(entry, TelemetryMapping) else None
    if long is None:
        return frozenset()
    own = SENSOR in {name.lower() for name in entry.columns}
    known = lookups.get(long.tags) if long.tags and not own else None
    return known.sensors(con, SENSOR) if known and known.has(SENSOR) else None


def _bad_columns(plan: EntryPlan) -> Iterator[str]:
    columns = [column.name for column in plan.feed.columns if column.name != RUNS or column.sensor]
    if plan.long:
        columns = [SENSOR, *(name for name in columns if name not in {one.name for one in plan.feed.sensors})]
    known = {name.lower() for name in columns}
    for name in plan.entry.columns:
        if name.lower() not in known:
            yield (
                f"vars.mapping.{plan.place}.columns.{name} is no column of {plan.feed.name}; it has "
                f"{', '.join(columns)}."
            )
    if plan.long and plan.long.tags is None and SENSOR not in {name.lower() for name in plan.entry.columns}:
        yield f"vars.mapping.{plan.place}.long: give `tag` and `tags`, or columns.machineID and columns.sensor."
    if plan.long and plan.long.tags:
        named = {name.lower() for name in plan.entry.columns}
        tags = plan.lookups[plan.long.tags]
        for name in (SENSOR, "machineID"):
            if name.lower() not in named and not tags.has(name):
                yield (
                    f"vars.mapping.{plan.place}.long: the lookup {tags.name} has no column {name}; add it, or give "
                    f"columns.{name}."
                )


def _refuse_lookup(plan: EntryPlan, parsed: ParsedExpression) -> None:
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
        if drop.loose and has_landed(con, plan.feed):
            continue
        try:
            with file_troubles_reported(drop):
                table = open_table(con, drop, plan.entry)
                tried = try_on(con, plan, table)
        except RefusedError:
            continue
        bad = {one.key: _why(con, plan, one, table) for one in tried if one.made is None}
        pending = bad if pending is None else {key: why for key, why in pending.items() if key in bad}
        if not pending:
            return
    yield from filter(None, (pending or {}).values())


def _why(con: Connection, plan: EntryPlan, tried: Tried, table: Table) -> str:
    """Empty for a column that earlier files may have had: those of today may be of another kind of machine."""
    if tried.may_be_absent and has_landed(con, plan.feed):
        return ""
    text = plan.parsed[tried.key].text if tried.key in plan.parsed else tried.key.removeprefix("columns.")
    why = f"{sentence(plan, tried.key, text, tried.reason)}, in no file, such as {table.drop.name}"
    return f"{why}; correct one of them. {only_column(table)}".rstrip()
