"""The files of the drops folder, and the feed of each by its name."""

import hashlib
import os
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from ingestion.errors import LandingError, NoDropsError
from settings import FleetMapping

_NAME = re.compile(
    r"(?:PdM_)?(?P<feed>telemetry|errors|maint|failures|machines|feedback).*\.(?P<format>csv|csv\.gz|parquet)",
    re.IGNORECASE | re.DOTALL,
)
_UNFINISHED = (".tmp", ".partial")


@dataclass(frozen=True)
class Drop:
    """One dropped file as a file of one feed: its format (csv, csv.gz or parquet), and what says how to read it.

    below: the folders between the drops folder and the file. entries: which ones of its feed in vars.mapping read it;
    none for one that is known by its name. loose: whether another feed claims the file too, and this one only by a name
    or a pattern such as `*.csv`, so that columns of the other's are no fault.
    """

    path: Path
    feed: str
    format: str
    below: str = ""
    entries: tuple[int, ...] = ()
    loose: bool = False

    @property
    def by(self) -> str:
        """The entry of the mapping that reads it, as sentences name it: `vars.mapping.telemetry[0]`."""
        return f"vars.mapping.{self.feed}[{self.entries[0]}]" if self.entries else "vars.mapping"

    @property
    def name(self) -> str:
        """The file's name, with the folders below the drops folder, as it may be printed and stored."""
        return printable(self.below + self.path.name)

    @property
    def leads_out(self) -> bool:
        """Whether it is a link to something outside its folder."""
        return self.path.is_symlink() and not self.path.resolve().is_relative_to(self.path.parent.resolve())

    def state(self) -> tuple[int, int]:
        """Size in bytes and time of the last change (ns): differs once the file has been written to. Raises OSError."""
        stat = self.path.stat()
        return stat.st_size, stat.st_mtime_ns

    def sha256(self) -> str:
        """Hex digest of the whole file, read from disk. Raises OSError."""
        with self.path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()


@dataclass(frozen=True)
class Content:
    """A drop's content when its landing began: `Drop.state` of it, and its hash; `sha256()` waits for the hashing."""

    state: tuple[int, int]
    sha256: Callable[[], str]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.state[0]


def find_drops(folder: Path, mapping: FleetMapping | None = None) -> tuple[list[Drop], list[str]]:
    """The files to land, machines first and then by name, and the names that belong to no feed.

    Feeds that the mapping names have the files that it says, in subfolders too, and one file may belong to several;
    the others are known by the names of their files in `folder` itself. Hidden and unfinished (.tmp, .partial) files
    are skipped. Raises LandingError for a missing folder, NoDropsError for an empty one.
    """
    cure = (
        "put the raw files there (PdM_telemetry.csv, PdM_machines.csv, ...) or name their folder in NIGHTSHIFT_DROPS; "
        f"`{intake_command()}` looks at files of any other layout, and proposes the fleet file that lands them."
    )
    if not folder.is_dir():
        raise LandingError(f"There is no drops folder {folder}: {cure}")
    paths = sorted((path for path in folder.iterdir() if not _is_skipped(path)), key=lambda path: path.name)
    if not paths:
        raise NoDropsError(f"The drops folder {folder} is empty: {cure}")
    drops, ignored = [], []
    for path in _below(folder) if mapping else paths:
        found = [*_mapped(path, folder, mapping), *_named(path, folder, mapping)]
        drops += [replace(drop, loose=drop.loose and len(found) > 1) for drop in found]
        if not found:
            ignored.append(printable(path.relative_to(folder).as_posix()))
    return sorted(drops, key=lambda drop: (drop.feed != "machines", drop.below + drop.path.name, drop.feed)), ignored


def intake_command(folder: Path | None = None) -> str:
    """What looks at files of an unknown layout, word for word."""
    return f"make intake FOLDER={shlex.quote(str(folder)) if folder else '/path/to/files'}"


def _named(path: Path, folder: Path, mapping: FleetMapping | None) -> Iterator[Drop]:
    match = _NAME.fullmatch(path.name)
    if match and path.is_file() and path.parent == folder:
        feed = match["feed"].lower()
        if mapping is None or feed not in mapping.feeds:
            yield Drop(path, feed, match["format"].lower(), loose=True)


def _mapped(path: Path, folder: Path, mapping: FleetMapping | None) -> Iterator[Drop]:
    """An entry that names the file closer than by its ending has it alone."""
    place = path.relative_to(folder).as_posix()
    kind = "parquet" if path.suffix.lower() in (".parquet", ".pq") else "csv"
    for feed, entries in mapping.feeds.items() if mapping else ():
        patterns = [[one for one in entry.files if matches(place, one)] for entry in entries]
        found = tuple(index for index, some in enumerate(patterns) if some)
        closer = tuple(index for index in found if any(_names_a_word(one) for one in patterns[index]))
        if found:
            yield Drop(path, feed, kind, place.removesuffix(path.name), closer or found, loose=not closer)


def _names_a_word(pattern: str) -> bool:
    """Whether it says more of a name than its ending, as `*.csv` does not."""
    return bool(re.sub(r"(\.\w+)+$", "", pattern).strip("*?/."))


def matches(place: str, pattern: str) -> bool:
    """Whether the place of a file below the folder fits the pattern, whatever its capitals.

    A pattern without a folder holds in every folder, and `**` is any number of them.
    """
    parts = pattern.lower().split("/")
    return _parts_match(place.lower().split("/"), parts if len(parts) > 1 else ["**", *parts])


def _parts_match(place: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return not place
    if pattern[0] == "**":
        return _parts_match(place, pattern[1:]) or (bool(place) and _parts_match(place[1:], pattern))
    return bool(place) and fnmatchcase(place[0], pattern[0]) and _parts_match(place[1:], pattern[1:])


def _below(folder: Path) -> list[Path]:
    """The files below the folder, without those of hidden folders; no link to a folder is followed."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [path for path in (Path(parent, name) for name in names) if not _is_skipped(path)]
    return sorted(found)


def _is_skipped(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower().endswith(_UNFINISHED)


def printable(text: str) -> str:
    """`text` on one line and encodable as UTF-8: names and ids in files may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
