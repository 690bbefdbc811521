"""Notes on usable data that should be looked at: unknown machines, unknown codes, missing feeds."""

from pathlib import Path

from ingestion.discover import printable
from ingestion.errors import LandingError
from ingestion.feeds import Feed
from ingestion.summary import listing
from settings import Fleet
from warehouse.connection import Connection
from warehouse.sql import ident

_FEEDBACK_EFFECT = "it reaches only a case whose machine has exactly this id"


def unknown_machines(con: Connection, feeds: dict[str, Feed], since: int) -> list[str]:
    """One sentence per feed whose files from `_file_id` `since` on name machines that the machines files lack."""
    notes = []
    for feed in (feed for feed in feeds.values() if feed.timed):
        found = con.execute(
            f"""select distinct machineID from raw.{feed.name} where _file_id >= ?
                and machineID not in (select machineID from raw.machines)
            order by length(machineID), machineID""",
            [since],
        ).fetchall()
        names = [printable(row[0]) for row in found]
        if names:
            many = len(names) > 1
            effect = _FEEDBACK_EFFECT if feed.name == "feedback" else "scored with unknown model and age"
            notes.append(
                f"{len(names):,} machine{'s' if many else ''} in {feed.name} {'are' if many else 'is'} not in the "
                f"machines file: {listing(names)}; {effect}."
            )
    return notes


def unknown_codes(con: Connection, fleet: Fleet, since: int) -> list[str]:
    """One sentence per feed whose new files hold codes that the vars do not name."""
    notes = []
    unseen = "no feature or label sees them"
    for feed, column, var, known, effect in (
        ("errors", "errorID", "error_codes", fleet.error_codes, unseen),
        ("maint", "comp", "components", fleet.components, unseen),
        ("failures", "failure", "components", fleet.components, unseen),
        ("feedback", "comp", "components", fleet.components, "no case takes them up"),
    ):
        found = con.execute(
            f"""select {ident(column)}, count(*) from raw.{feed}
            where _file_id >= ? and not list_contains(?::varchar[], {ident(column)})
            group by all order by all""",
            [since, list(known)],
        ).fetchall()
        if found:
            shown = listing([f"{printable(code)[:60]} ({rows:,} rows)" for code, rows in found], width=80)
            notes.append(f"{feed} hold codes that vars.{var} lacks, so {effect}: {shown}.")
    return notes


def missing_feeds(con: Connection, feeds: dict[str, Feed], drops: Path, refused: list[str]) -> list[str]:
    """One sentence per optional feed that has never landed. Raises LandingError where a required one has not."""
    landed = {row[0] for row in con.execute("select distinct feed from raw.landed_files").fetchall()}
    missing = [feed for feed in feeds.values() if feed.name not in landed]
    fatal = [_missing(feed, drops) for feed in missing if feed.required]
    if fatal:
        raise LandingError("\n".join([*refused, *fatal]))
    return [f"{_missing(feed, drops)} Until then {feed.cost_if_missing}." for feed in missing if feed.cost_if_missing]


def _missing(feed: Feed, drops: Path) -> str:
    columns = ",".join(column.name for column in feed.columns if not column.optional)
    return f"No {feed.name} file has landed from {drops}: drop PdM_{feed.name}.csv there, with the columns {columns}."
