"""Entries of vars.mapping from what the groups are: which files, how read, and what each column is made of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingestion.spelling import bare
from intake.groups import FileGroup
from intake.names import identifier
from intake.roles import FAILURES, MACHINES, MAINT, OF_ERRORS, OF_TELEMETRY, ORDERS, Meaning
from intake.sensors import GAUGE, SensorGuess
from warehouse.sql import ident, literal

# A text, which stays as it is, or a name in quotes.
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?P<name>[A-Za-z_][A-Za-z0-9_]*)\"")
_RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric at both case cast check collate column constraint create
    default
    deferrable desc describe distinct do else end except false fetch for foreign from group having in initially
    intersect
    into lambda lateral leading limit not null offset on only or order pivot placing primary qualify references
    returning
    select show some summarize symmetric table then to trailing true union unique unpivot using variadic when where
    window
    with is like ilike glob similar between interval over position row values exists filter left right full inner outer
    join natural cross anti semi asof positional tablesample""".split()  # noqa: SIM905 - shorter to read
)
MOST_SENSORS = 60
MOST_CODES = 40
MOST_COMPONENTS = 8
_MOST_APART = 24  # files with an entry each
ANY_COMPONENT = "machine"  # where no file says which component failed


@dataclass(frozen=True)
class EntryDraft:
    """One entry: its keys as vars.mapping has them, and what stands beside it as a comment."""

    feed: str
    keys: dict[str, object]
    comments: tuple[str, ...] = ()
    meaning: Meaning | None = None


@dataclass(frozen=True)
class Draft:
    """What the files call for: entries, sensors, codes and components by identifier, and what to ask.

    idle: entries that only a person can decide on, which are written as comments.
    """

    entries: tuple[EntryDraft, ...] = ()
    idle: tuple[EntryDraft, ...] = ()
    sensors: tuple[SensorGuess, ...] = ()
    error_codes: Mapping[str, str] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def in_zone(self, zone: str) -> "Draft":
        """The same with times that name no offset taken by the clock of a zone."""
        ask = (
            f"by which clock the files tell the time: an hour is told twice or left out as in {zone}, which is proposed"
        )
        entries = tuple(_with_zone(entry, zone) for entry in self.entries)
        return replace(self, entries=entries, asks=(*self.asks, ask))

    @property
    def lands(self) -> bool:
        """Whether there are readings."""
        return any(entry.feed == OF_TELEMETRY for entry in self.entries)

    def mapping(self) -> dict[str, object]:
        """vars.mapping."""
        out: dict[str, object] = {}
        for feed in (MACHINES, OF_TELEMETRY, OF_ERRORS, MAINT, FAILURES):
            found = [entry.keys for entry in self.entries if entry.feed == feed]
            if found:
                out[feed] = found
        return out


def draft(meanings: Sequence[Meaning]) -> Draft:
    """Entries for all groups that are of a feed."""
    readings = [one for one in meanings if one.feed == OF_TELEMETRY]
    sensors = _sensors(readings)
    components, codes = _codes(meanings)
    entries: list[EntryDraft] = []
    idle: list[EntryDraft] = []
    asks: list[str] = []
    typed = len(readings) > 1 and not any(one.feed == MACHINES or one.attributes for one in meanings)
    for meaning in readings:
        for machine, patterns, told in _apart(meaning, asks):
            entries += _of_readings(meaning, machine, patterns, told, sensors)
            if typed and meaning.machine and not meaning.long and _differ(readings):
                named = {"machineID": machine, "model": literal(_type_of(meaning))}
                why = ("the kinds of files are taken as types of machines",)
                entries.append(EntryDraft(MACHINES, {**_base(meaning, patterns), "columns": named}, why, meaning))
            idle += _run_to_failure(meaning, machine, patterns)
    if idle:
        components = components or {ANY_COMPONENT: ANY_COMPONENT}
        asks.append(
            "whether each machine's last row is its failure, as where units run until they fail: then take away the # "
            "before the entry of failures in the proposed file"
        )
    known = _machines_of(readings)
    for meaning in meanings:
        if meaning.feed == MACHINES:
            if not readings or _is_known(meaning, readings, known):
                entries.append(_register(meaning))
            else:
                asks.append(
                    f"what {meaning.group.names} is: it has a row a machine, and its machines are not those of the "
                    "readings; it is left out"
                )
        elif meaning.feed in (FAILURES, OF_ERRORS, MAINT, ORDERS):
            entries += _of_events(meaning, components, codes)
    asks = [*(f"{one.group.names}: {ask}" for one in meanings for ask in one.asks), *asks]
    return Draft(
        entries=tuple(_plainly(entry) for entry in entries),
        idle=tuple(_plainly(entry) for entry in idle),
        sensors=tuple(sensors.values()),
        error_codes=codes,
        components=components or ({ANY_COMPONENT: ANY_COMPONENT}),
        asks=tuple(dict.fromkeys(asks)),
        left_out=tuple(_left_out(readings)),
    )


def _with_zone(entry: EntryDraft, zone: str) -> EntryDraft:
    at = entry.meaning.moments.at if entry.meaning else None
    if at is None or at.zoned or at.cycles or entry.feed == MACHINES:
        return entry
    keys: dict[str, object] = {}
    for key, value in entry.keys.items():
        if key == "columns":
            keys["zone"] = zone
        keys[key] = value
    return replace(entry, keys=keys)


def _plainly(entry: EntryDraft) -> EntryDraft:
    """With names of columns bare where they need no quotes, as a person would write them."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        return _QUOTED.sub(_unquoted, value) if isinstance(value, str) else value

    keys = {key: value if key in ("files", "read") else plain(value) for key, value in entry.keys.items()}
    return replace(entry, keys=keys)


def _unquoted(found: re.Match[str]) -> str:
    name = found["name"]
    return name if name and name.lower() not in _RESERVED else found[0]


def _left_out(readings: Sequence[Meaning]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for one in readings:
        for name, why in one.left_out:
            reasons.setdefault(why, []).append(name or "the column without a name")
    for why, names in reasons.items():
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        yield f"{', '.join(dict.fromkeys(names[:12]))}{more}: {why}"


def _sensors(readings: Sequence[Meaning]) -> dict[str, SensorGuess]:
    """By what the files call them, each with an identifier of its own; the same name is the same sensor."""
    found: dict[str, SensorGuess] = {}
    taken: set[str] = {"datetime", "machineid", "available_at", "running"}
    for meaning in readings:
        guesses: Sequence[SensorGuess] = meaning.sensors
        if meaning.long:
            guesses = [
                SensorGuess(identifier(name, default="sensor"), name, name, "", GAUGE, 0, 0)
                for name in meaning.long.names
            ]
        for guess in guesses:
            key = guess.column.lower()
            if key in found or len(found) >= MOST_SENSORS:
                continue
            name = identifier(guess.label, taken, "sensor")
            taken.add(name)
            found[key] = SensorGuess(
                name,
                guess.column,
                guess.label,
                guess.unit,
                guess.kind,
                guess.low,
                guess.high,
                guess.states,
                guess.expression,
            )
    return found


def _apart(meaning: Meaning, asks: list[str]) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """SQL of the machine with the patterns that it holds for: one for all files, or one each."""
    group, machine = meaning.group, meaning.machine
    if meaning.long:
        yield meaning.long.machine or literal("machine"), group.patterns, ()
        return
    if machine is not None and not _numbers_anew(meaning):
        yield machine.expression, group.patterns, (f"the machine is {machine.told}",)
        return
    files = group.files
    if machine is None:
        asks.append(
            f"which machine a row of {group.names} is of: no column tells, so each file is taken as one machine of "
            "its name"
        )
    else:
        asks.append(
            f"whether machine 1 of one file of {group.names} is that of another: they say different things of the same "
            "machine and time, so the file's name stands before each machine"
        )
    if len(files) > _MOST_APART:
        yield (machine.expression if machine else literal("machine")), group.patterns, ()
        return
    for file in files:
        stem = file.path.name.partition(".")[0]
        alone = FileGroup((file,), group.dialect, group.columns, (_exactly(file.place),))
        name = literal(stem) if machine is None else f"{literal(stem + ' ')} || {machine.expression}"
        yield name, alone.patterns, ()


def _differ(readings: Sequence[Meaning]) -> bool:
    """Whether each kind of files has machines of its own."""
    seen: set[str] = set()
    for one in readings:
        mine = set(one.sample.values(one.machine.expression, 50_000)) if one.machine else set()
        if seen & mine:
            return False
        seen |= mine
    return True


def _type_of(meaning: Meaning) -> str:
    """By the column of the machine where that says it, else by the files."""
    column = meaning.machine.columns[0] if meaning.machine and meaning.machine.columns else ""
    stem = meaning.group.files[0].path.name.partition(".")[0]
    plain = re.sub(r"[\W\d_]+", " ", stem).strip()
    return column if column.lower() in plain.lower() and column else plain or stem


def _exactly(place: str) -> str:
    return "".join(f"[{sign}]" if sign in "[*?" else sign for sign in place)


def _numbers_anew(meaning: Meaning) -> bool:
    """Whether files say different things of most of the same machines and times."""
    sample, at, machine = meaning.sample, meaning.moments.at, meaning.machine
    if len(meaning.group.files) < 2 or at is None or machine is None or not meaning.sensors:
        return False
    told = ident(meaning.sensors[0].column)
    [found] = sample.con.execute(
        f"""select count(*) filter (files > 1 and kinds > 1) / count(*) from (
            select count(distinct _file) as files, count(distinct {told}) as kinds from {sample.table}
            group by {machine.expression}, try({at.expression}))"""
    ).fetchall()
    return float(found[0] or 0) > 0.3


def _base(meaning: Meaning, patterns: tuple[str, ...]) -> dict[str, object]:
    keys: dict[str, object] = {"files": patterns[0] if len(patterns) == 1 else list(patterns)}
    read = {name: list(value) if isinstance(value, tuple) else value for name, value in meaning.group.read.items()}
    if read:
        keys["read"] = read
    return keys


def _of_readings(
    meaning: Meaning, machine: str, patterns: tuple[str, ...], told: tuple[str, ...], sensors: Mapping[str, SensorGuess]
) -> Iterator[EntryDraft]:
    at = meaning.moments.at
    if at is None:
        return
    when = at.expression
    if at.cycles and meaning.machine and _is_numbered(meaning):
        # Staggered, so that units of every age stand beside each other, as in a fleet.
        cycle, unit = ident(at.columns[0]), meaning.machine.expression
        when = f"timestamp '2020-01-01' + to_days(5 * {unit}::int + {cycle}::int)"
    columns: dict[str, str] = {"datetime": when, "machineID": machine}
    keys = _base(meaning, patterns)
    if meaning.moments.available:
        columns["available_at"] = meaning.moments.available.expression
    if meaning.long:
        columns["sensor"] = _sensor_names(meaning, sensors)
        keys |= {"columns": columns, "long": {"value": meaning.long.value}}
        if meaning.where:
            keys["where"] = meaning.where
    else:
        for guess in meaning.sensors:
            named = sensors.get(guess.column.lower())
            if named is not None and (guess.expression or named.name.lower() != guess.column.lower()):
                columns[named.name] = guess.expression or ident(guess.column)
        keys["columns"] = columns
    comments = [f"times: {at.words}", *told]
    if at.cycles:
        comments = ["a cycle is taken as a day, and every five days a unit enters service", *told]
    yield EntryDraft(OF_TELEMETRY, keys, tuple(comments), meaning)
    if meaning.attributes:
        what = {"machineID": machine, **meaning.attributes}
        yield EntryDraft(MACHINES, {**_base(meaning, patterns), "columns": what}, (), meaning)
    if meaning.flag:
        failed: dict[str, str] = {
            "datetime": when,
            "machineID": machine,
            "failure": meaning.flag.component or literal(ANY_COMPONENT),
        }
        keys = {**_base(meaning, patterns), "columns": failed, "where": meaning.flag.where}
        yield EntryDraft(FAILURES, keys, (f"{meaning.flag.column} says in the readings that a machine fails",), meaning)


def _is_numbered(meaning: Meaning) -> bool:
    machine = meaning.machine
    return bool(machine and machine.columns and meaning.sample.columns[machine.columns[0]].is_whole)


def _run_to_failure(meaning: Meaning, machine: str, patterns: tuple[str, ...]) -> Iterator[EntryDraft]:
    """Of cycles, a unit may fail after its last one; only a person knows."""
    at, unit = meaning.moments.at, meaning.machine
    if at is None or not at.cycles or unit is None or meaning.flag:
        return
    cycle = ident(at.columns[0])
    days = f"5 * {unit.expression}::int + {cycle}::int" if _is_numbered(meaning) else f"{cycle}::int"
    columns = {
        "datetime": f"timestamp '2020-01-01 12:00' + to_days({days})",
        "machineID": machine,
        "failure": literal(ANY_COMPONENT),
    }
    where = f"{cycle}::int = max({cycle}::int) over (partition by {unit.expression})"
    yield EntryDraft(FAILURES, {**_base(meaning, patterns), "columns": columns, "where": where}, (), meaning)


def _sensor_names(meaning: Meaning, sensors: Mapping[str, SensorGuess]) -> str:
    long = meaning.long
    if long is None:
        return ""
    named = [(name, sensors[name.lower()].name) for name in long.names if name.lower() in sensors]
    if all(name.lower() == ours for name, ours in named):
        return long.sensor
    whens = "".join(f" when {literal(name)} then {literal(ours)}" for name, ours in named)
    return f"case {long.sensor}{whens} end"


def _register(meaning: Meaning) -> EntryDraft:
    machine = meaning.machine.expression if meaning.machine else ""
    keys = {**_base(meaning, meaning.group.patterns), "columns": {"machineID": machine, **meaning.attributes}}
    return EntryDraft(MACHINES, keys, (), meaning)


def _machines_of(readings: Sequence[Meaning]) -> set[str]:
    out: set[str] = set()
    for one in readings:
        machine = one.long.machine if one.long else (one.machine.expression if one.machine else "")
        out |= set(one.sample.values(machine, 50_000)) if machine else set()
    return out


def _is_known(meaning: Meaning, readings: Sequence[Meaning], known: set[str]) -> bool:
    if meaning.machine is None or any(_numbers_anew(one) for one in readings):
        return False
    mine = {bare(name) for name in meaning.sample.values(meaning.machine.expression, 50_000)}
    theirs = {bare(name) for name in known}
    return len(mine & theirs) >= 0.5 * min(len(mine), len(theirs))


def _of_events(meaning: Meaning, components: Mapping[str, str], codes: Mapping[str, str]) -> Iterator[EntryDraft]:
    at, machine = meaning.moments.at, meaning.machine
    if at is None:
        return
    who = machine.expression if machine else literal("machine")
    base = {**_base(meaning, meaning.group.patterns)}
    common: dict[str, str] = {"datetime": at.expression, "machineID": who}
    if meaning.moments.available:
        common["available_at"] = meaning.moments.available.expression
    comments = (f"times: {at.words}",)
    code = meaning.code or literal(ANY_COMPONENT)
    if meaning.feed == OF_ERRORS:
        yield EntryDraft(OF_ERRORS, {**base, "columns": {**common, "errorID": code}}, comments, meaning)
        return
    ended = {"ended_at": meaning.moments.ended.expression} if meaning.moments.ended else {}
    if meaning.feed in (FAILURES, ORDERS):
        keys: dict[str, object] = {**base, "columns": {**common, **ended, "failure": code}}
        if meaning.preventive:
            keys["where"] = f"not ({meaning.preventive}) and {code} is not null"
        yield EntryDraft(FAILURES, keys, comments, meaning)
    if meaning.feed in (MAINT, ORDERS):
        keys = {**base, "columns": {**common, "comp": code}}
        if meaning.preventive:
            keys["where"] = f"{meaning.preventive} and {code} is not null"
        yield EntryDraft(MAINT, keys, comments, meaning)


def _codes(meanings: Sequence[Meaning]) -> tuple[dict[str, str], dict[str, str]]:
    """Components and error codes by identifier: what the files call them."""
    failed: list[str] = []
    replaced: list[str] = []
    errors: list[str] = []
    for one in meanings:
        if one.flag and not one.flag.component:
            failed.append(ANY_COMPONENT)
        elif one.feed in (FAILURES, ORDERS):
            failed += _values(
                one, f"case when not ({one.preventive}) then {one.code} end" if one.preventive else one.code
            )
        elif one.feed == MAINT:
            replaced += _values(one, one.code)
        elif one.feed == OF_ERRORS:
            errors += _values(one, one.code)[:MOST_CODES]
    parts = list(dict.fromkeys(failed)) or list(dict.fromkeys(replaced))
    return _named(parts[:MOST_COMPONENTS], "part"), _named(errors[:MOST_CODES], "code")


def _values(meaning: Meaning, code: str) -> list[str]:
    return meaning.sample.values(code, MOST_CODES) if code else [ANY_COMPONENT]


def _named(texts: Sequence[str], default: str) -> dict[str, str]:
    out: dict[str, str] = {}
    lower = {text.lower(): text for text in reversed(texts)}
    for text in sorted(lower.values()):
        out[identifier(text, out, default)] = text
    return out
