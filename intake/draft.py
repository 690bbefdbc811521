"""What a fleet file is drafted from: entries of vars.mapping, sensors, codes, and what to ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from intake.meaning import FAILURES, MACHINES, MAINT, OF_ERRORS, OF_TELEMETRY, Meaning
from intake.sensors import SensorGuess

ANY_COMPONENT = "machine"  # where no file says which component failed


@dataclass(frozen=True)
class EntryDraft:
    """One entry: its keys as vars.mapping has them, and what stands beside it as a comment."""

    feed: str
    keys: dict[str, object]
    comments: tuple[str, ...] = ()
    meaning: Meaning | None = None

    @property
    def columns(self) -> dict[str, str]:
        """Ours, each with the expression that it is made of."""
        found = self.keys.get("columns")
        return {str(name): str(made) for name, made in found.items()} if isinstance(found, dict) else {}


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


def base_keys(meaning: Meaning, patterns: tuple[str, ...]) -> dict[str, object]:
    """Which files an entry is of, and how they are read."""
    keys: dict[str, object] = {"files": patterns[0] if len(patterns) == 1 else list(patterns)}
    read = {name: list(value) if isinstance(value, tuple) else value for name, value in meaning.group.read.items()}
    if read:
        keys["read"] = read
    return keys
