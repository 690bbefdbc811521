"""Landing from end to end: every new file of a folder, each in its own transaction."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ingestion.absent_sensors import absences, in_no_file, is_absence
from ingestion.discover import Content, Drop, find_drops
from ingestion.errors import LandingError, NoDropsError, RefusedError, UnfitError
from ingestion.feeds import TELEMETRY, Feed, feeds_of
from ingestion.findings import Found
from ingestion.landed_files import has_landed, landed_as
from ingestion.mapping.meaning import meaning_of, read_otherwise
from ingestion.mapping.plan import Plan, prepare
from ingestion.mapping.source import open_mapped
from ingestion.notes import events_of_nobody, missing_feeds, unknown_codes, unknown_machines
from ingestion.sink import OpenSink, Sink, warehouse_sink
from ingestion.source import open_source
from ingestion.store import store
from ingestion.summary import LandedFile, LandingSummary, Refusal, listing
from ingestion.troubles import file_troubles_reported, troubles_reported
from settings import Fleet
from warehouse.connection import WAIT_SECONDS, Connection

Progress = Callable[[str], None]


def land(
    drops: Path, warehouse: Path, fleet: Fleet, on_progress: Progress | None = None, wait_seconds: float = WAIT_SECONDS
) -> LandingSummary:
    """Land every new file of the folder `drops` into schema `raw` of the DuckDB file `warehouse`.

    A file whose content has been landed for its feed is skipped; one that cannot be used is refused, and the others
    are still landed. `on_progress` gets one line before each file. Raises LandingError (nothing to land, no telemetry
    file has ever landed, no room on the disk, no memory), WarehouseBusy and WarehouseError.
    """
    with troubles_reported(warehouse.parent):
        return land_on(lambda feeds: warehouse_sink(warehouse, feeds, wait_seconds), drops, fleet, on_progress)


def land_on(open_sink: OpenSink, drops: Path, fleet: Fleet, on_progress: Progress | None = None) -> LandingSummary:
    """`land` into the sink that `open_sink` opens. Raises as `land`, and what the sink raises."""
    try:
        return _land_on(open_sink, drops, fleet, on_progress or (lambda line: None))
    except LandingError as error:
        raise LandingError(fleet.placed(str(error))) from None


def _land_on(open_sink: OpenSink, drops: Path, fleet: Fleet, report: Progress) -> LandingSummary:
    feeds = feeds_of(fleet)
    nothing: NoDropsError | None = None
    try:
        found, ignored = find_drops(drops, fleet.mapping)
    except NoDropsError as empty:  # as whoever clears away what has landed leaves it
        found, ignored, nothing = [], [], empty
    landed: list[LandedFile] = []
    skipped: list[str] = []
    refused: list[Refusal] = []
    unfit: list[tuple[Drop, Refusal]] = []  # of files that another feed may use
    used: set[str] = set()
    notes: list[str] = []
    findings: list[Found] = []
    unused: list[str] = []  # columns of the files that no column of the feed is made of
    with open_sink(feeds) as sink:
        if nothing:
            if not has_landed(sink.landing_db, feeds[TELEMETRY]):
                raise nothing
            notes.append(f"The drops folder {drops} is empty: nothing new has come.")
        plan = prepare(sink.landing_db, fleet.mapping, feeds, found)
        notes += read_otherwise(sink.landing_db, plan, found)
        for number, drop in enumerate(found, start=1):
            report(f"landing {drop.name} ({number} of {len(found)})")
            try:
                outcome = _land_file(sink, drop, feeds[drop.feed], plan, notes, unused)
            except RefusedError as refusal:
                told = Refusal(drop.feed, drop.name, str(refusal))
                if drop.loose and isinstance(refusal, UnfitError):
                    unfit.append((drop, told))
                else:
                    refused.append(told)
                continue
            used.add(drop.name)
            if isinstance(outcome, LandedFile):
                landed.append(outcome)
                findings += [one for one in outcome.findings if not is_absence(one)]
                sink.add(outcome)
            else:
                skipped.append(drop.name if outcome == drop.name else f"{drop.name} (as {outcome})")
        # An entry that has fitted no file yet may be at fault itself.
        refused += [
            told
            for drop, told in unfit
            if drop.name not in used or (drop.entries and not has_landed(sink.landing_db, feeds[drop.feed]))
        ]
        sink.keep_refusals(refused)
        con = sink.finish()
        notes += missing_feeds(con, feeds, drops, [one.reason for one in refused], fleet.mapping, ignored)
        if landed:
            notes += unknown_machines(con, feeds, landed[0].file_id)
            notes += unknown_codes(con, fleet, landed[0].file_id)
            findings += events_of_nobody(con, feeds, landed[0].file_id)
            lacking = list(in_no_file(con, feeds[TELEMETRY], unused))
            nowhere = {one.column for one in lacking}
            findings += lacking + [one for one in absences(con, landed) if one.column not in nowhere]
        totals = _totals(con, feeds)
    return LandingSummary(
        drops=drops,
        landed=tuple(landed),
        skipped=tuple(dict.fromkeys(skipped)),
        ignored=tuple(ignored),
        refused=tuple(fleet.placed(reason) for reason in dict.fromkeys(one.reason for one in refused)),
        notes=tuple(map(fleet.placed, notes)),
        totals=totals,
        findings=tuple(
            replace(one, label=fleet.sensor_label(one.column)) if one.column in fleet.sensors else one
            for one in findings
        ),
    )


def _land_file(sink: Sink, drop: Drop, feed: Feed, plan: Plan, notes: list[str], unused: list[str]) -> LandedFile | str:
    """The landed file, or the name under which its content had been landed before."""
    if drop.leads_out:
        raise RefusedError(f"{drop.name} is a link that leads out of the drops folder; put the file itself there.")
    # A file is hashed while DuckDB reads it; the commit waits for the hash.
    with ThreadPoolExecutor(max_workers=1) as pool, file_troubles_reported(drop):
        content = Content(drop.state(), pool.submit(drop.sha256).result)
        con, entries = sink.landing_db, plan.of(drop)
        before = landed_as(con, feed, content, meaning_of(con, entries))
        if before is not None:
            return before
        source = open_mapped(con, drop, entries) if entries else open_source(con, drop, feed)
        landed = store(sink.landing_db, source, feed, content, sink.earlier_rows)
    unused += source.extra
    if source.extra:
        notes.append(f"{drop.name} has columns that no feature uses, ignored: {listing(source.extra)}.")
    return landed


def _totals(con: Connection, feeds: dict[str, Feed]) -> dict[str, int]:
    rows = dict(con.execute("select feed, sum(rows)::bigint from raw.landed_files group by feed").fetchall())
    return {name: int(rows.get(name, 0)) for name in feeds}
