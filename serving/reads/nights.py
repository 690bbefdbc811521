"""Nights: what became of each, whether the data drifted, and whether all is well now."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ml.evaluation.decision import distrust
from ml.explain.moments import CLOCK_UP_TO
from ml.scoring.night_status import SCORED
from serving.front import Snapshot
from serving.published import Published, TableRow
from serving.schemas.base import known
from serving.schemas.records import GateVerdict, Night

OK, UNREADABLE = "ok", "what is newest cannot be read"
DRIFT_FIELDS = {
    "judged": "drift_judged", "drifted": "drifted", "summary": "drift_summary", "quality": "quality",
    "quality_low": "quality_low", "quality_high": "quality_high", "quality_fallen": "quality_fallen",
}  # fmt: skip


def count_nights(published: Published) -> int:
    """How many nights are on record."""
    if not published.has("nights"):
        return 0
    [row] = published.rows("select count(*) as found from nights")
    return int(row["found"])


def nights(published: Published, limit: int, offset: int, as_of: datetime | None = None) -> list[Night]:
    """The nights, the latest first; of `as_of` alone where it is given."""
    if not published.has("nights"):
        return []
    judged = published.tables.get("drift_nights", frozenset())
    told = [f"drift_nights.{name} as {alias}" for name, alias in DRIFT_FIELDS.items() if name in judged]
    join = "left join drift_nights using (as_of)" if told else ""
    rows = published.rows(
        f"""
        select {", ".join(["nights.*", *told])} from nights {join}
        where $as_of::timestamp is null or nights.as_of = $as_of::timestamp
        order by nights.as_of desc limit $limit offset $offset
        """,
        {"limit": limit, "offset": offset, "as_of": as_of},
    )
    return [Night.model_validate({name: known(value) for name, value in row.items()}) for row in rows]


def is_on_record(published: Published, as_of: datetime) -> bool:
    """Whether anything was noted or said of the night `as_of`."""
    tables = [name for name in ("nights", "predictions") if published.has(name)]
    return any(published.rows(f"select 1 from {name} where as_of = ? limit 1", [as_of]) for name in tables)


def drift_columns(published: Published, as_of: datetime) -> list[TableRow]:
    """What was judged of a night, by column: those that drifted first, the farthest before others."""
    if not published.has("drift"):
        return []
    return published.rows(
        """
        select column_name, kind, judged, drifted, missing_drifted, effect, threshold, missing_reference,
            missing_current, reason from drift
        where as_of = ? order by (drifted or missing_drifted) desc, effect desc nulls last, column_name
        """,
        [as_of],
    )


def gate_of(published: Published | None, version: str) -> GateVerdict | None:
    """What the gate said of a version, as far as is published."""
    if published is None or not published.has("promotions"):
        return None
    rows = published.rows("select * from promotions where model_version = ?", [version])
    if not rows:
        return None
    told = rows[-1]
    figures = {
        who: {name: known(value) for name, value in of.items()} for who, of in json.loads(told["figures"]).items()
    }
    return GateVerdict(
        decided_at=told["decided_at"], promoted=told["promoted"], trusted=told["trusted"], reason=told["reason"],
        replaced=told["replaced"], figures=figures,
    )  # fmt: skip


@dataclass(frozen=True)
class Wellness:
    """`status` is OK, or a sentence that says what is not; the last night on record, and up to when its data reach."""

    status: str
    night: datetime | None = None
    data_until: datetime | None = None


def wellness(snapshot: Snapshot, now: datetime, trouble: str = "") -> Wellness:
    """Whether the last night was scored, lately enough, and can be read.

    `now` is naive UTC, `trouble` is the front's.
    """
    published = snapshot.published
    if published is None or not published.has("nights"):
        return Wellness(f"{UNREADABLE}: {trouble}" if trouble else "no night has been published yet: run make night")
    found = nights(published, 1, 0)
    if not found:
        return Wellness("no night is on record yet: run make night")
    last = found[0]
    hours = snapshot.settings.workspace.serving.stale_after_hours
    if trouble:
        status = f"{UNREADABLE}: {trouble}"
    elif last.status != SCORED:
        status = f"the night of {last.as_of:%Y-%m-%d %H:%M} was not scored: {last.note}"
    elif now - last.as_of > timedelta(hours=hours):
        late = (now - last.as_of) // timedelta(hours=1)
        ago = f"{late} h" if late < CLOCK_UP_TO else f"{late // 24:,} days"
        status = f"stale: the last night scored is that of {last.as_of:%Y-%m-%d %H:%M}, {ago} ago"
    else:
        status = OK
    return Wellness(status, last.as_of, last.newest_reading_at)


def distrusted(published: Published, versions: Sequence[str]) -> list[str]:
    """What readers must know of models that the gate did not trust."""
    if not published.has("promotions"):
        return []
    rows = published.rows(
        "select model_version, reason from promotions where not trusted and model_version in (select unnest(?)) "
        "order by model_version",
        [list(versions)],
    )
    return [distrust(row["model_version"], row["reason"]) for row in rows]
