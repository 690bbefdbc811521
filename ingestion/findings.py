"""What landing found odd about a file whose rows it kept: counted, with an example and the cure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from ingestion.discover import printable

TABLE = "findings"
SHOWN = 40
TELLING_SHARE = 0.01  # from this share of a feed on, rejected rows are no trifle


class Severity(StrEnum):
    """How much it matters: answers are wrong or lacking until it is cured, worth a look, or good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class FindingKind(StrEnum):
    """The kinds that landing finds, as raw.findings says them; `finding_kinds.sql` has those that the models find."""

    MISSING_WORD = "missing word"
    UNREADABLE = "unreadable"
    OUTSIDE_RANGE = "outside range"
    BELOW_RESOLUTION = "below resolution"
    COLUMN_ABSENT = "column absent"
    SENSOR_OF_OTHERS = "sensor of other machines"
    SENSOR_IN_NO_FILE = "sensor in no file"
    IMPLAUSIBLE_TIME = "implausible time"
    CONFLICTING = "conflicting rows"
    TAKEN_BACK = "not told again"
    MORE_THAN_DUE = "more readings than due"
    UNKNOWN_MACHINE = "unknown machine"
    REJECTED = "rows rejected"
    DOUBLED_HOUR = "hour told twice"
    SKIPPED_HOUR = "hour never told"
    NOT_IN_LOOKUP = "not in lookup"


WHAT = {  # behind the number one, and behind every other
    FindingKind.MISSING_WORD: (
        "cell says that there is no value and became NULL",
        "cells say that there is no value and became NULL",
    ),
    FindingKind.UNREADABLE: (
        "cell cannot be read and became NULL, its row kept",
        "cells cannot be read and became NULL, their rows kept",
    ),
    FindingKind.OUTSIDE_RANGE: (
        "reading lies outside min and max of its sensor",
        "readings lie outside min and max of its sensor",
    ),
    FindingKind.BELOW_RESOLUTION: (
        "reading is smaller than the last decimal that is kept",
        "readings are smaller than the last decimal that is kept",
    ),
    FindingKind.COLUMN_ABSENT: (
        "row came without this column, which is NULL in it",
        "rows came without this column, which is NULL in them",
    ),
    FindingKind.SENSOR_OF_OTHERS: (
        "row is of machines that have never sent this sensor, as others have, and is NULL in it",
        "rows are of machines that have never sent this sensor, as others have, and are NULL in it",
    ),
    FindingKind.SENSOR_IN_NO_FILE: (
        "row has come and no file had this sensor, so no table will be built",
        "rows have come and no file had this sensor, so no table will be built",
    ),
    FindingKind.IMPLAUSIBLE_TIME: ("row was set aside for its time", "rows were set aside for their time"),
    FindingKind.CONFLICTING: (
        "row says otherwise than a later line about the same machine and moment",
        "rows say otherwise than a later line about the same machine and moment",
    ),
    FindingKind.TAKEN_BACK: (
        "row that a file of this name had before is not in it any more, and stays",
        "rows that a file of this name had before are not in it any more, and stay",
    ),
    FindingKind.MORE_THAN_DUE: (
        "reading is more than telemetry_step_hours makes due",
        "readings are more than telemetry_step_hours makes due",
    ),
    FindingKind.UNKNOWN_MACHINE: (
        "row is of a machine without telemetry, so it labels and teaches nothing",
        "rows are of machines without telemetry, so they label and teach nothing",
    ),
    FindingKind.REJECTED: ("row cannot be used", "rows cannot be used"),
    FindingKind.DOUBLED_HOUR: (
        "time is of the hour that the local clock tells twice, and was taken as the later one unless both came",
        "times are of the hour that the local clock tells twice, and were taken as the later one unless both came",
    ),
    FindingKind.SKIPPED_HOUR: (
        "time is of the hour that the local clock leaves out, and was taken as if it had not been put forward",
        "times are of the hour that the local clock leaves out, and were taken as if it had not been put forward",
    ),
    FindingKind.NOT_IN_LOOKUP: (
        "row has a value that the lookup does not know",
        "rows have values that the lookup does not know",
    ),
}
_SEVERITY = {  # below a hundredth of the feed each is but a note
    FindingKind.MISSING_WORD: Severity.NOTE,
    FindingKind.UNREADABLE: Severity.WARNING,
    FindingKind.OUTSIDE_RANGE: Severity.WARNING,
    FindingKind.BELOW_RESOLUTION: Severity.WARNING,
    FindingKind.COLUMN_ABSENT: Severity.NOTE,
    FindingKind.SENSOR_OF_OTHERS: Severity.NOTE,
    FindingKind.SENSOR_IN_NO_FILE: Severity.ERROR,
    FindingKind.IMPLAUSIBLE_TIME: Severity.WARNING,
    FindingKind.CONFLICTING: Severity.WARNING,
    FindingKind.TAKEN_BACK: Severity.WARNING,
    FindingKind.MORE_THAN_DUE: Severity.WARNING,
    FindingKind.UNKNOWN_MACHINE: Severity.WARNING,
    FindingKind.REJECTED: Severity.ERROR,
    FindingKind.DOUBLED_HOUR: Severity.NOTE,
    FindingKind.SKIPPED_HOUR: Severity.WARNING,
    FindingKind.NOT_IN_LOOKUP: Severity.WARNING,
}


@dataclass(frozen=True)
class Found:
    """`count` cells, readings or rows of one kind in one column of one file; `label` is what people call the column."""

    feed: str
    file: str
    kind: FindingKind
    column: str
    count: int
    example: str
    cure: str
    label: str = ""

    @property
    def severity(self) -> Severity:
        """The kind's own; a register may lack what nobody knows of machines, but a sensor is lost."""
        if self.kind is FindingKind.COLUMN_ABSENT and self.feed == "telemetry":
            return Severity.WARNING
        return _SEVERITY[self.kind]

    @property
    def what(self) -> str:
        """What was found, in words that go with the number."""
        one, many = WHAT[self.kind]
        return one if self.count == 1 else many

    @property
    def sentence(self) -> str:
        """For people: file, column, count, what was found, the example and the cure."""
        shown = f" ({self.example})" if self.example else ""
        cure = f": {self.cure}." if self.cure else "."
        place = f"{self.file}, {self.label or self.column}" if self.column else self.file
        return f"{place}: {self.count:,} {self.what}{shown}{cure}"


def together(found: Iterable[Found]) -> list[Found]:
    """One for each feed, kind and column, whatever the number of files; the first example stands for all.

    What a lookup does not know is told once of a file that feeds several feeds.
    """
    folded: dict[tuple[str, str, str], list[Found]] = {}
    told = set()
    for one in found:
        if one.kind is FindingKind.NOT_IN_LOOKUP:
            if (one.file, one.column, one.example) in told:
                continue
            told.add((one.file, one.column, one.example))
        folded.setdefault((one.feed, one.kind, one.column), []).append(one)
    return [_folded(ones) for ones in folded.values()]


def _folded(ones: list[Found]) -> Found:
    more = len(ones) - 1
    files = f" and {more:,} more file{'s' if more > 1 else ''}" if more else ""
    return replace(ones[0], file=ones[0].file + files, count=sum(one.count for one in ones))


def quoted(text: str) -> str:
    """A cell as an example: short, on one line."""
    shown = printable(text[:SHOWN])
    return f'"{shown}{"..." if len(text) > SHOWN else ""}"'
