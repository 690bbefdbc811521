"""Where a fleet's facts come from: `vars.mapping` of `dbt_project.yml`, which docs/mapping.md explains."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Self
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, field_validator, model_validator

from settings.frozen import Frozen, Identifier

UTC = "UTC"
# DuckDB's own options of its reader of CSV files, and two of its reader of Parquet files; what landing needs for itself
# (the names and types of the columns, what happens to lines that cannot be read) is not among them.
READ_OPTIONS = frozenset({
    "delim", "sep", "quote", "escape", "comment", "header", "skip", "names", "encoding", "compression", "new_line",
    "decimal_separator", "thousands", "nullstr", "null_padding", "allow_quoted_nulls", "strict_mode", "max_line_size",
    "buffer_size", "parallel", "binary_as_string",
})  # fmt: skip
Expression = Annotated[str, Field(min_length=1)]
ReadOption = bool | int | str | tuple[str, ...]


def _listed(given: object) -> object:
    return (given,) if isinstance(given, str | dict) else given


class LookupTable(Frozen):
    """A small CSV file beside the fleet's dbt_project.yml; `key` is its column that a file's value is looked up in."""

    file: str = Field(min_length=1)
    key: str = Field(min_length=1)


class FeedMapping(Frozen):
    """How files become rows of one feed; each expression is DuckDB's, over the columns of a file.

    files: patterns below the drops folder. read: options of DuckDB's reader. zone: of times that name none.
    join: a lookup's name to the expression by whose value it is looked up. columns: ours to their expressions.
    where: which rows are the feed's.
    """

    files: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(min_length=1)
    read: dict[str, ReadOption] = Field(default_factory=dict)
    zone: str = UTC
    join: dict[Identifier, Expression] = Field(default_factory=dict)
    columns: dict[str, Expression] = Field(default_factory=dict)
    where: Expression | None = None

    @field_validator("files")
    @classmethod
    def _stay_below(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in files:
            path = PurePosixPath(pattern)
            if path.is_absolute() or ".." in path.parts or not path.parts:
                raise ValueError(f"{pattern} must be a pattern below the drops folder, such as 'scada/*.csv'")
        return files

    @field_validator("read")
    @classmethod
    def _are_options(cls, read: dict[str, ReadOption]) -> dict[str, ReadOption]:
        for name in sorted(read.keys() - READ_OPTIONS):
            raise ValueError(f"{name} is none of the options that can be given: {', '.join(sorted(READ_OPTIONS))}")
        return read

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"{zone} must be the name of a time zone, such as Europe/Berlin")
        return zone

    def expressions(self) -> Iterator[tuple[str, str]]:
        """Every expression with the key under which it stands."""
        yield from ((f"join.{name}", text) for name, text in self.join.items())
        yield from ((f"columns.{name}", text) for name, text in self.columns.items())
        if self.where is not None:
            yield "where", self.where


class LongFormat(Frozen):
    """One reading a row: which sensor of which machine it is of says the lookup `tags`, or the columns.

    `tags` holds columns machineID and sensor beside its key; without it `columns` has to give both.
    """

    tag: Expression | None = None
    value: Expression
    tags: Identifier | None = None

    @model_validator(mode="after")
    def _tag_and_tags(self) -> Self:
        if (self.tag is None) != (self.tags is None):
            raise ValueError("tag and tags come together: the column of the tag, and the lookup that knows it")
        return self


class TelemetryMapping(FeedMapping):
    """Readings. `running` says whether the machine runs; `long` is for files with one reading a row."""

    running: Expression | None = None
    long: LongFormat | None = None

    def expressions(self) -> Iterator[tuple[str, str]]:
        """Those of `long` too."""
        yield from super().expressions()
        if self.running is not None:
            yield "running", self.running
        if self.long is not None:
            yield "long.value", self.long.value
            if self.long.tag is not None:
                yield "long.tag", self.long.tag


Entries = Annotated[tuple[FeedMapping, ...], BeforeValidator(_listed)]


class FleetMapping(Frozen):
    """For each feed that it names the files and how they become rows; other feeds are known by their files' names."""

    lookups: dict[Identifier, LookupTable] = Field(default_factory=dict)
    machines: Entries = ()
    telemetry: Annotated[tuple[TelemetryMapping, ...], BeforeValidator(_listed)] = ()
    errors: Entries = ()
    maint: Entries = ()
    failures: Entries = ()

    @property
    def feeds(self) -> dict[str, tuple[FeedMapping, ...]]:
        """The entries of each feed that is mapped."""
        found = {
            "machines": self.machines,
            "telemetry": self.telemetry,
            "errors": self.errors,
            "maint": self.maint,
            "failures": self.failures,
        }
        return {name: entries for name, entries in found.items() if entries}

    @property
    def knows_running(self) -> bool:
        """Whether any readings say whether their machine runs."""
        return any(entry.running is not None for entry in self.telemetry)

    @model_validator(mode="after")
    def _lookups_are_there(self) -> Self:
        for feed, entries in self.feeds.items():
            for place, entry in enumerate(entries):
                wanted = [*entry.join]
                if isinstance(entry, TelemetryMapping) and entry.long and entry.long.tags:
                    wanted.append(entry.long.tags)
                for name in wanted:
                    if name not in self.lookups:
                        raise ValueError(f"{feed}.{place} joins {name}, which is none of mapping.lookups")
        return self


def with_lookup_paths(variables: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The vars with the files of mapping.lookups found from `folder`, where dbt_project.yml stands."""
    mapping = variables.get("mapping")
    if not isinstance(mapping, dict) or not isinstance(mapping.get("lookups"), dict):
        return variables
    found = {
        name: {**one, "file": str(folder / one["file"])} if isinstance(one, dict) and "file" in one else one
        for name, one in mapping["lookups"].items()
    }
    return {**variables, "mapping": {**mapping, "lookups": found}}
