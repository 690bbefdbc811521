"""Notes on usable data that should be looked at: unknown machines, unknown codes, missing feeds."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ingestion.discover import intake_command, printable
from ingestion.errors import LandingError
from ingestion.feeds import TELEMETRY, Feed
from ingestion.findings import FindingKind, Found, quoted
from ingestion.spelling import letters, meant_by
from ingestion.summary import listing
from settings import Fleet, FleetMapping
from warehouse.connection import Connection
from warehouse.sql import ident

_FIRST_ROWS = 100_000
_NO_WORD = r"\W+"
_FEEDBACK_EFFECT = "it reaches only a case whose machine has exactly this id"


def unknown_machines(con: Connection, feeds: dict[str, Feed], since: int) -> list[str]:
    """One sentence per feed whose files from `_file_id` `since` on name machines that the machines files lack.

    None where no machines file has ever landed: that is another note. Events of machines without telemetry are
    findings: see `events_of_nobody`.
    """
    notes: list[str] = []
    if not con.execute("select 1 from raw.machines limit 1").fetchall():
        return notes
    for name, effect in ((TELEMETRY, "scored with unknown model and age"), ("feedback", _FEEDBACK_EFFECT)):
        found = con.execute(
            f"""select distinct machineID from raw.{feeds[name].name} where _file_id >= ?
                and machineID not in (select machineID from raw.machines)
            order by length(machineID), machineID""",
            [since],
        ).fetchall()
        names = [printable(row[0]) for row in found]
        if names:
            many = len(names) > 1
            notes.append(
                f"{len(names):,} machine{'s' if many else ''} in {name} {'are' if many else 'is'} not in the "
                f"machines file: {listing(names)}; {effect}."
            )
    return notes


def events_of_nobody(con: Connection, feeds: dict[str, Feed], since: int) -> Iterator[Found]:
    """Events, in files from `_file_id` `since` on, of machines without telemetry, with how that may spell them.

    Telemetry that has just come makes all events worth a look.
    """
    fresh = {
        row[0]
        for row in con.execute("select distinct feed from raw.landed_files where _file_id >= ?", [since]).fetchall()
    }
    from_file = 0 if TELEMETRY in fresh else since
    events = {
        name: dict(
            con.execute(
                f"select machineID, count(*) from raw.{name} where _file_id >= ? group by all order by 2 desc, 1",
                [from_file],
            ).fetchall()
        )
        for name in ("errors", "maint", "failures")
    }
    nobody = _without_telemetry(con, {machine for rows in events.values() for machine in rows})
    for name, rows in events.items():
        unknown = nobody & rows.keys()
        if not unknown:
            continue
        known = [row[0] for row in con.execute("select distinct machineID from raw.telemetry").fetchall()]
        meant = meant_by(unknown, known)
        shown = [
            f"{quoted(machine)} ({rows[machine]:,})"
            + (f", telemetry has {quoted(meant[machine])}" if machine in meant else "")
            for machine in sorted(unknown, key=lambda machine: (machine not in meant, -rows[machine], machine))
        ]
        yield Found(
            feed=name,
            file=name,
            kind=FindingKind.UNKNOWN_MACHINE,
            column="machineID",
            count=sum(rows[machine] for machine in unknown),
            example=f"{len(unknown):,} of {len(rows):,} machines: {listing(shown, most=5, width=120)}",
            cure="spell a machine the same way in every file",
        )


def _without_telemetry(con: Connection, machines: set[str]) -> set[str]:
    """Those of `machines` without any reading; most are met in the first rows, few are looked for to the end."""
    if not machines:
        return set()
    some = con.execute(
        f"select distinct machineID from (select machineID from raw.telemetry limit {_FIRST_ROWS})"
    ).fetchall()
    left = machines - {row[0] for row in some}
    if not left:
        return set()
    met = con.execute(
        "select distinct machineID from raw.telemetry where list_contains(?::varchar[], machineID)", [sorted(left)]
    ).fetchall()
    return left - {row[0] for row in met}


def unknown_codes(con: Connection, fleet: Fleet, since: int) -> list[str]:
    """One sentence per feed whose new files hold codes that the vars do not name."""
    notes = []
    codes = (*fleet.error_codes, *map(fleet.error_label, fleet.error_codes))
    parts = (*fleet.components, *map(fleet.component_label, fleet.components))
    unseen = "no feature or label sees them"
    for feed, column, var, known, effect in (
        ("errors", "errorID", "error_codes", codes, unseen),
        ("maint", "comp", "components", parts, unseen),
        ("failures", "failure", "components", parts, unseen),
        ("feedback", "comp", "components", parts, "no case takes them up"),
    ):
        found = con.execute(
            f"""select {ident(column)}, count(*) from raw.{feed}
            where _file_id >= ? and not list_contains(?::varchar[], {ident(column)})
            group by all order by all""",
            [since, list(known)],
        ).fetchall()
        if found:
            told = [f"{printable(code)[:60]} ({rows:,}){_meant_code(code, known)}" for code, rows in found]
            notes.append(f"{feed} hold codes that vars.{var} lacks, so {effect}: {listing(told, width=200)}.")
    return notes


def _meant_code(code: str, known: Iterable[str]) -> str:
    """What is probably meant by a code, as event_findings.sql has it of all rows."""
    alike = sorted(one for one in known if letters(one) == letters(code))
    if alike:
        return f", did you mean {alike[0]}?"
    words = f" {re.sub(_NO_WORD, ' ', code.lower())} "
    if len({one for one in known if f" {re.sub(_NO_WORD, ' ', one.lower())} " in words}) > 1:
        return ", several in one cell: write a row for each"
    return ""


def missing_feeds(
    con: Connection,
    feeds: dict[str, Feed],
    drops: Path,
    refused: list[str],
    mapping: FleetMapping | None = None,
    ignored: Sequence[str] = (),
) -> list[str]:
    """One sentence per optional feed that has never landed. Raises LandingError where a required one has not.

    That tells of the files of the folder that were `refused`, and of those that are `ignored` for their names.
    """
    landed = {row[0] for row in con.execute("select distinct feed from raw.landed_files").fetchall()}
    missing = [feed for feed in feeds.values() if feed.name not in landed]
    said = {feed.name: _missing(feed, drops, mapping) for feed in missing}
    fatal = [said[feed.name] for feed in missing if feed.required]
    if fatal:
        look = f"`{intake_command(drops)}` looks at what lies there, whatever its layout, and proposes a fleet file."
        unknown = [f"Left aside, of no feed by their name and its ending: {listing([*ignored])}."] if ignored else []
        raise LandingError("\n".join([*refused, *fatal, *unknown, look]))
    return [f"{said[feed.name]} Until then {feed.cost_if_missing}." for feed in missing if feed.cost_if_missing]


def _missing(feed: Feed, drops: Path, mapping: FleetMapping | None) -> str:
    if mapping and feed.name in mapping.feeds:
        files = ", ".join(dict.fromkeys(one for entry in mapping.feeds[feed.name] for one in entry.files))
        return (
            f"No {feed.name} file has landed from {drops}: drop a file there that "
            f"vars.mapping.{feed.name} names ({files}), or correct its `files`."
        )
    columns = ",".join(column.name for column in feed.columns if not column.optional)
    return f"No {feed.name} file has landed from {drops}: drop PdM_{feed.name}.csv there, with the columns {columns}."
