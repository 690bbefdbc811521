"""Files of one kind together: alike in how they are written and in their columns, and the patterns that name them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import duckdb

from ingestion.discover import matches
from ingestion.errors import RefusedError
from ingestion.mapping.reader import open_table
from intake.dialect import Dialect, NoTable, dialect_of
from intake.files import PARQUET, SeenFile
from settings import FeedMapping
from settings.mapping import ReadOption
from warehouse.connection import Connection

_NUMBERS = re.compile(r"\d+(?:[-_.T:]*\d+)*")
_MOST_PATTERNS = 8
_LEAST_SHARED = 3


@dataclass(frozen=True)
class FileGroup:
    """Files that one entry of a mapping can read. `dialect` is None for Parquet; `columns` are all that they have."""

    files: tuple[SeenFile, ...]
    dialect: Dialect | None
    columns: tuple[str, ...]
    patterns: tuple[str, ...] = ()

    @property
    def read(self) -> dict[str, ReadOption]:
        """What the entry says of reading."""
        return self.dialect.read if self.dialect else {}

    @property
    def names(self) -> str:
        """The files in words: the patterns, as they stand in the mapping."""
        return ", ".join(self.patterns)

    def entry(self) -> FeedMapping:
        """An entry that reads them and makes nothing of it yet."""
        return FeedMapping(files=("*",), read=self.read)


def group_files(con: Connection, files: Sequence[SeenFile]) -> tuple[list[FileGroup], list[tuple[SeenFile, str]]]:
    """The groups in the order of their first files, and the files that hold no table, each with the reason."""
    found: dict[tuple[object, ...], list[tuple[SeenFile, Dialect | None, tuple[str, ...]]]] = {}
    apart: list[tuple[SeenFile, str]] = []
    for file in files:
        if not file.kind:
            continue
        try:
            dialect = None if file.kind == PARQUET else dialect_of(file)
            columns = dialect.columns if dialect else tuple(open_table(con, file.drop("x"), _BARE).types)
        except NoTable as error:
            apart.append((file, str(error)))
            continue
        except (RefusedError, duckdb.Error) as error:
            apart.append((file, str(error).removeprefix(f"{file.name} ")))
            continue
        key = (dialect.key if dialect else PARQUET, tuple(name.lower() for name in columns))
        found.setdefault(key, []).append((file, dialect, columns))
    groups = [group for members in found.values() for group in _of_one_sign(members)]
    groups = _with_parts(groups)
    return [replace(group, patterns=_patterns(group, files)) for group in groups], apart


_BARE = FeedMapping(files=("*",))


def _of_one_sign(members: list[tuple[SeenFile, Dialect | None, tuple[str, ...]]]) -> list[FileGroup]:
    """Files without a decimal go with those that have some; of two signs each has a group of its own."""
    signs = {(one.decimal, one.thousands) for _, one, _ in members if one and one.decimal}
    if len(signs) <= 1:
        telling = next((one for _, one, _ in members if one and one.decimal), members[0][1])
        return [FileGroup(tuple(file for file, *_ in members), telling, members[0][2])]
    first = sorted(signs)[0]
    parts: dict[tuple[str, str], list[tuple[SeenFile, Dialect | None, tuple[str, ...]]]] = {}
    for member in members:
        sign = (member[1].decimal, member[1].thousands) if member[1] and member[1].decimal else first
        parts.setdefault(sign, []).append(member)
    return [group for some in parts.values() for group in _of_one_sign(some)]


def _with_parts(groups: list[FileGroup]) -> list[FileGroup]:
    """A file that only lacks columns of another belongs to its group: sensors are added as time goes by."""
    out: list[FileGroup] = []
    for group in sorted(groups, key=lambda one: -len(one.columns)):
        home = next((place for place, other in enumerate(out) if _is_part(group, other)), None)
        if home is None:
            out.append(group)
        else:
            out[home] = replace(out[home], files=(*out[home].files, *group.files))
    return sorted(out, key=lambda group: group.files[0].place)


def _is_part(group: FileGroup, other: FileGroup) -> bool:
    mine, theirs = ({name.lower() for name in one.columns} for one in (group, other))
    alike = (group.dialect.key if group.dialect else None) == (other.dialect.key if other.dialect else None)
    has_header = group.dialect is None or group.dialect.header
    return alike and has_header and len(mine) > _LEAST_SHARED and mine < theirs


def _patterns(group: FileGroup, files: Iterable[SeenFile]) -> tuple[str, ...]:
    """The fewest patterns that name these files and no others, so that tomorrow's files are named too."""
    mine = {file.place for file in group.files}
    others = [file.place for file in files if file.place not in mine]
    for make in (_by_name, _by_place):
        found = tuple(dict.fromkeys(make(place) for place in sorted(mine)))
        if len(found) <= _MOST_PATTERNS and not any(matches(other, one) for other in others for one in found):
            return found
    return tuple(_escaped(place) for place in sorted(mine))


def _by_name(place: str) -> str:
    """`scada/drives_2024-03-04.csv` is `drives_*.csv`."""
    name = place.rpartition("/")[2]
    stem, dot, ending = name.partition(".")
    if re.fullmatch(r"[\d.]*\d", stem + dot + ending.partition(".")[0]):
        stem, dot, ending = name.rpartition(".")
    plain = _NUMBERS.sub("*", _escaped(stem))
    return (plain if plain.endswith("*") else plain + "*") + dot + _escaped(ending)


def _by_place(place: str) -> str:
    folder, slash, _ = place.rpartition("/")
    return _NUMBERS.sub("*", _escaped(folder)) + slash + _by_name(place) if slash else _escaped(place)


def _escaped(text: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", text)
