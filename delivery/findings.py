"""The list `data_quality` as people read it: what is odd about the data, the most serious first, and the cure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from delivery.markup import one_line
from ml.wording import rate
from settings import Fleet
from warehouse.tables import relations

NOW = "data_quality"  # what is odd by now, as dbt finds it
KEPT_FINDINGS = "ml.data_quality"  # what each night kept of it
ERROR, WARNING, NOTE = SEVERITIES = ("error", "warning", "note")
LONGEST = 400
COLUMNS = ("feed", "kind", "severity", "subject", "occurrences", "share", "what", "example", "cure")


@dataclass(frozen=True)
class QualityFinding:
    """A row of `data_quality`; `share` is 0 to 1, None where there is no such thing.

    `label` is what people call the subject, where it is a sensor that they call otherwise.
    """

    feed: str
    kind: str
    severity: str
    subject: str
    occurrences: int
    share: float | None
    what: str
    example: str
    cure: str
    label: str = ""

    @property
    def matters(self) -> bool:
        """Whether somebody should do something about it."""
        return self.severity != NOTE

    @property
    def found(self) -> str:
        """Feed, subject, number, what was found, share and example, on one line and of bounded length."""
        place = ", ".join(part for part in (self.feed, self.label or self.subject) if part)
        share = "" if self.share is None else rate(self.share, digits=1 if self.share < 0.1 else 0, gap=" ")
        detail = "; ".join(part for part in (share, self.example) if part)
        text = one_line(f"{place}: {self.occurrences:,} {self.what}" + (f" ({detail})" if detail else ""))
        return text if len(text) <= LONGEST else text[:LONGEST] + "..."

    @property
    def line(self) -> str:
        """Everything, the severity first and the cure last."""
        return f"{self.severity.upper()} {self.found}: {one_line(self.cure).rstrip('.')}."


def findings_of(
    con: duckdb.DuckDBPyConnection, as_of: datetime | None = None, fleet: Fleet | None = None
) -> list[QualityFinding]:
    """What the night `as_of` kept, by default what is odd by now; the most serious and the largest first.

    Sensors are called as the fleet's people do. Nothing where the table has not been made.
    """
    table = NOW if as_of is None else KEPT_FINDINGS
    if (table if "." in table else f"main.{table}") not in relations(con):
        return []
    columns = ", ".join(COLUMNS)
    rows = con.execute(
        f"select {columns} from {table} where {'true' if as_of is None else 'as_of = ?'} order by feed, kind, subject",
        [] if as_of is None else [as_of],
    ).fetchall()
    labels = {name: fleet.sensor_label(name) for name in fleet.sensors} if fleet else {}
    found = [QualityFinding(*(*row, labels.get(row[COLUMNS.index("subject")], ""))) for row in rows]
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), -(1.0 if one.share is None else one.share)))


def bounded_lines(found: Sequence[QualityFinding], most: int) -> list[str]:
    """The lines of the first `most` of them, and where the others stand."""
    more = len(found) - most
    told = [one.line for one in found[:most]]
    return told if more <= 0 else [*told, f"and {more:,} more: select * from data_quality"]
