"""Where a fleet's facts come from: `vars.mapping` of `dbt_project.yml`, which docs/mapping.md explains."""

import codecs
from collections.abc import Callable, Iterator
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
_TABS = (r"\t", "tab")  # as people write one where YAML knows no escapes
UTF_8 = "utf-8"
# What DuckDB calls the encodings that it reads itself, by Python's names; others are read through a copy.
READ_BY_DUCKDB = (UTF_8, "utf-16", "latin-1")
_ENCODINGS = {UTF_8: UTF_8, "utf-8-sig": UTF_8, "utf-16": "utf-16", "utf-16-le": "utf-16", "iso8859-1": "latin-1"}
ReadOption = bool | int | str | tuple[str, ...]


def _flag(given: object) -> bool:
    if not isinstance(given, bool):
        raise ValueError("must be true or false, without quotes")
    return given


def _number(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise ValueError("must be a whole number from 0 on")
    return given


def _names(given: object) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, list | tuple) else (str(given),)


def _nulls(given: object) -> str | tuple[str, ...]:
    return _names(given) if isinstance(given, list | tuple) else str(given)


def _words(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("must be a text in quotes")
    return given


def _delim(given: object) -> str:
    if not _words(given):
        raise ValueError("must not be empty")
    return "\t" if _words(given).lower() in _TABS else _words(given)


def _character(given: object) -> str:
    if len(_words(given)) != 1:
        raise ValueError("must be one character")
    return _words(given)


def _encoding(given: object) -> str:
    try:
        known = codecs.lookup(_words(given))
        "".encode(known.name)  # others turn bytes into bytes
    except LookupError:
        raise ValueError(
            f"= {given} is no encoding of text, such as utf-8, utf-16, latin-1, cp1252 or shift_jis"
        ) from None
    return _ENCODINGS.get(known.name, known.name)


_CHECKS: dict[str, Callable[[object], ReadOption]] = {
    **dict.fromkeys(
        ("header", "null_padding", "allow_quoted_nulls", "strict_mode", "parallel", "binary_as_string"), _flag
    ),
    **dict.fromkeys(("skip", "max_line_size", "buffer_size"), _number),
    **dict.fromkeys(("delim", "sep"), _delim),
    **dict.fromkeys(("decimal_separator", "thousands"), _character),
    "names": _names,
    "nullstr": _nulls,
    "encoding": _encoding,
}


def _read_option(name: str, given: object) -> ReadOption:
    """The option as DuckDB takes it. Raises ValueError with what it must be."""
    if name not in READ_OPTIONS:
        raise ValueError(
            f"{name} is none of the options that can be given: {', '.join(sorted(READ_OPTIONS))}; types and formats of "
            "times are said by the expressions of `columns`"
        )
    try:
        return _CHECKS.get(name, _words)(given)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


def _text(given: object) -> object:
    """A number is an expression too, which YAML reads as one."""
    if isinstance(given, int | float):
        return str(given).lower()
    if not isinstance(given, str) or not given.strip():
        raise ValueError("it must be one expression in quotes, such as 'serial_number'")
    return given


Expression = Annotated[str, BeforeValidator(_text)]


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

    @field_validator("read", mode="before")
    @classmethod
    def _are_options(cls, read: object) -> object:
        if not isinstance(read, dict):
            return read
        found = {str(name): _read_option(str(name), given) for name, given in read.items()}
        if found.get("thousands") and found["thousands"] == found.get("decimal_separator", "."):
            raise ValueError("thousands and decimal_separator must differ")
        return found

    @field_validator("columns")
    @classmethod
    def _are_named_once(cls, columns: dict[str, str]) -> dict[str, str]:
        names = [name.lower() for name in columns]
        if twice := [name for name in columns if names.count(name.lower()) > 1]:
            raise ValueError(f"{' and '.join(twice)} are one column: capitals make no difference")
        return columns

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
