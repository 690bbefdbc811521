"""The outcome of a landing: facts for metadata, lines for people."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingestion.findings import Found, Severity, together

MOST_LINES = 12


@dataclass(frozen=True)
class LandedFile:
    """One file that entered the tables; `duplicates` rows were in the table already and not stored again.

    Of the `rejected` rows, `held` are set aside for their time and may land later.
    """

    file_id: int
    feed: str
    file: str
    rows: int
    rejected: int
    duplicates: int
    first_datetime: datetime | None
    last_datetime: datetime | None
    held: int = 0
    findings: tuple[Found, ...] = ()

    def line(self) -> str:
        """One line for people: name, rows stored, their time span, rows rejected and rows known already."""
        extras = [f"{self.rejected:,} rejected"] if self.rejected else []
        extras += [f"{self.duplicates:,} known already"] if self.duplicates else []
        span = f", {self.first_datetime} to {self.last_datetime}" if self.first_datetime else ""
        return f"{self.file}: {counted(self.rows, 'row')}{span}" + (f" ({', '.join(extras)})" if extras else "")


@dataclass(frozen=True)
class Refusal:
    """A file of which nothing has landed; `reason` is a sentence with the cure, and names the file."""

    feed: str
    file: str
    reason: str


@dataclass(frozen=True)
class LandingSummary:
    """The outcome of one landing. `refused` and `notes` are sentences, `totals` the rows now in each raw table.

    `findings` are those of its files, which raw.findings keeps, and of all tables together.
    """

    drops: Path
    landed: tuple[LandedFile, ...]
    skipped: tuple[str, ...]
    ignored: tuple[str, ...]
    refused: tuple[str, ...]
    notes: tuple[str, ...]
    totals: dict[str, int]
    findings: tuple[Found, ...] = ()

    @property
    def rows(self) -> dict[str, int]:
        """Rows stored by this landing, by feed."""
        return {feed: sum(file.rows for file in self.landed if file.feed == feed) for feed in self.totals}

    @property
    def rejected(self) -> dict[str, int]:
        """Rows of this landing that went to raw.rejected, by feed."""
        return {feed: sum(file.rejected for file in self.landed if file.feed == feed) for feed in self.totals}

    @property
    def duplicates(self) -> int:
        """Rows of this landing that were in the tables already."""
        return sum(file.duplicates for file in self.landed)

    @property
    def first_datetime(self) -> datetime | None:
        """The earliest event time of this landing, naive UTC."""
        return min((file.first_datetime for file in self.landed if file.first_datetime), default=None)

    @property
    def last_datetime(self) -> datetime | None:
        """The latest event time of this landing, naive UTC."""
        return max((file.last_datetime for file in self.landed if file.last_datetime), default=None)

    def facts(self) -> dict[str, int | str]:
        """Counts, times and sentences for metadata, without those that are zero or empty."""
        facts: dict[str, int | str] = {
            "files_landed": len(self.landed),
            "files_skipped": len(self.skipped),
            "files_ignored": len(self.ignored),
            "files_refused": len(self.refused),
            "rows_landed": sum(self.rows.values()),
            "rows_rejected": sum(self.rejected.values()),
            "rows_known_already": self.duplicates,
            "first_datetime": str(self.first_datetime or ""),
            "last_datetime": str(self.last_datetime or ""),
            "findings": "\n".join(found.sentence for found in together(self.findings)),
            "refused": "\n".join(self.refused),
            "notes": "\n".join(self.notes),
        }
        return {name: fact for name, fact in facts.items() if fact}

    def lines(self) -> list[str]:
        """The summary for people: what needs attention first, the most serious at the top, then what was done."""
        rejected, rows = sum(self.rejected.values()), sum(self.rows.values())
        came = rejected + rows + self.duplicates
        landed = counted(len(self.landed), "file")
        out = [f"{landed} landed, {len(self.refused):,} refused; {rejected:,} of {counted(came, 'row')} rejected"]
        out += bounded([f"REFUSED {sentence}" for sentence in self.refused], "select * from raw.refused_files")
        found = sorted(together(self.findings), key=lambda one: list(Severity).index(one.severity))
        out += bounded([f"FOUND {one.sentence}" for one in found], "select * from raw.findings")
        out += [f"NOTE {note}" for note in self.notes]
        out += [f"landed {file.line()}" for file in self.landed]
        if self.skipped:
            out.append(f"skipped {counted(len(self.skipped), 'file')} landed before: {listing(self.skipped)}")
        if self.ignored:
            out.append(f"ignored, of no feed by their name: {listing(self.ignored)}")
        out.append("raw tables now hold " + ", ".join(f"{feed} {rows:,}" for feed, rows in self.totals.items()))
        return out


def bounded(lines: list[str], query: str) -> list[str]:
    """The first MOST_LINES of `lines`, and where the others stand."""
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"and {more:,} more: {query}"]


def listing(names: tuple[str, ...] | list[str], most: int = 10, width: int = 60) -> str:
    """Names on one line, the first `most` of them, each cut to `width`."""
    shown = ", ".join(name if len(name) <= width else name[:width] + "..." for name in names[:most])
    return shown + (f", and {len(names) - most:,} more" if len(names) > most else "")


def counted(number: int, one: str) -> str:
    """'1 row', '1,000 rows'."""
    return f"{number:,} {one}" + ("" if number == 1 else "s")
