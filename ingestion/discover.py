"""The files of the drops folder, and the feed of each by its name."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import LandingError

_NAME = re.compile(
    r"(?:PdM_)?(?P<feed>telemetry|errors|maint|failures|machines|feedback).*\.(?P<format>csv|csv\.gz|parquet)",
    re.IGNORECASE | re.DOTALL,
)
_UNFINISHED = (".tmp", ".partial")


@dataclass(frozen=True)
class Drop:
    """One dropped file: its feed and its format (csv, csv.gz or parquet)."""

    path: Path
    feed: str
    format: str

    @property
    def name(self) -> str:
        """The file's name as it may be printed and stored."""
        return printable(self.path.name)

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


def find_drops(folder: Path) -> tuple[list[Drop], list[str]]:
    """The files to land, machines first and then by name, and the names that belong to no feed.

    Hidden and unfinished (.tmp, .partial) files are skipped. Raises LandingError for a missing or empty folder.
    """
    cure = (
        "put the raw files there (PdM_telemetry.csv, PdM_machines.csv, ...) or name their folder in NIGHTSHIFT_DROPS."
    )
    if not folder.is_dir():
        raise LandingError(f"There is no drops folder {folder}: {cure}")
    paths = sorted((path for path in folder.iterdir() if not _is_skipped(path)), key=lambda path: path.name)
    if not paths:
        raise LandingError(f"The drops folder {folder} is empty: {cure}")
    drops, ignored = [], []
    for path in paths:
        match = _NAME.fullmatch(path.name)
        if match and path.is_file():
            drops.append(Drop(path, match["feed"].lower(), match["format"].lower()))
        else:
            ignored.append(printable(path.name))
    return sorted(drops, key=lambda drop: (drop.feed != "machines", drop.path.name)), ignored


def _is_skipped(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower().endswith(_UNFINISHED)


def printable(text: str) -> str:
    """`text` on one line and encodable as UTF-8: names and ids in files may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
