"""What is odd about the data, as steps: said of what is there now, and kept for each night."""

from collections.abc import Sequence
from datetime import datetime

from delivery.findings import KEPT_FINDINGS, NOW, QualityFinding, bounded_lines, findings_of
from delivery.markup import one_line
from ingestion import LandingError
from ingestion.discover import find_drops, intake_command
from ingestion.summary import listing
from ml.mart.nights import NightNotReady, as_of_night, fleet_clock, last_nights
from ml.wording import counted
from settings import Settings
from warehouse.connection import Connection, WarehouseError, open_warehouse, transaction
from warehouse.tables import relations

READS = (NOW, "fleet_clock")
LINES_TOLD = 8


def keep_findings(settings: Settings, nights: Sequence[datetime]) -> list[QualityFinding]:
    """Keep what is odd by now as what the last of `nights` knew; returns it.

    In place of what that night kept before. Of a night behind the one that the data reach nothing is kept: what is
    known today, it did not know; but the list is there, for whoever reads what is published.
    """
    night, found = max(nights), f"select ?::timestamp as as_of, * from {NOW}"
    with open_warehouse(settings) as con:
        with transaction(con):
            con.execute("create schema if not exists ml")
            con.execute(f"create table if not exists {KEPT_FINDINGS} as {found} limit 0", [night])
        if night < _reached(con, settings):
            return findings_of(con, night, settings.fleet)
        with transaction(con):
            con.execute(f"delete from {KEPT_FINDINGS} where as_of = ?", [night])
            con.execute(f"insert into {KEPT_FINDINGS} by name {found}", [night])
        return findings_of(con, night, settings.fleet)


def _reached(con: Connection, settings: Settings) -> datetime:
    try:
        clock = fleet_clock(con)
    except NightNotReady:
        return datetime.min
    return as_of_night(last_nights(clock, settings.fleet.scoring_hour, 1)[0], settings.fleet.scoring_hour)


def findings_now(settings: Settings) -> list[QualityFinding]:
    """What is odd by now; nothing before the first build."""
    with open_warehouse(settings, read_only=True) as con:
        return findings_of(con, fleet=settings.fleet)


def quality_lines(settings: Settings, is_built: bool = True) -> list[str]:
    """For the head of a run's output: what landed, was refused and rejected, and what is odd, bounded in number.

    Where the build has failed (not `is_built`), only what landing says. Nothing where nothing has landed.
    """
    try:
        with open_warehouse(settings, read_only=True) as con:
            if not {"raw.landed_files", "raw.refused_files"} <= relations(con):
                return []
            lines = [_counts(con)]
            if is_built:
                lines += bounded_lines(findings_of(con, fleet=settings.fleet), LINES_TOLD) + unknown_files(settings)
                return list(map(settings.placed, lines))
            refused = con.execute("select reason from raw.refused_files order by feed, file").fetchall()
    except WarehouseError:
        return []
    more = [f"and {len(refused) - LINES_TOLD:,} more refused"] if len(refused) > LINES_TOLD else []
    return [*lines, *(settings.placed(f"REFUSED {one_line(reason)}") for (reason,) in refused[:LINES_TOLD]), *more]


def unknown_files(settings: Settings) -> list[str]:
    """A line that names the files of the drops folder which landing leaves alone, where there are any."""
    try:
        _, ignored = find_drops(settings.paths.drops, settings.fleet.mapping)
    except LandingError:
        return []
    what = f"{counted(len(ignored), 'file is', 'files are')} of no feed by their names: {listing(ignored, most=5)}"
    return [f"NOTE {what}; `{intake_command(settings.paths.drops)}` looks at what they hold."] if ignored else []


def _counts(con: Connection) -> str:
    files, rejected, rows = con.execute("""
        select count(distinct file || sha256), coalesce(sum(rejected), 0)::bigint,
            coalesce(sum(rows + rejected + duplicates), 0)::bigint
        from raw.landed_files
    """).fetchall()[0]
    [(refused,)] = con.execute("select count(*) from raw.refused_files").fetchall()
    landed = counted(files, "file has", "files have")
    return f"{landed} landed, {refused:,} refused; {rejected:,} of {counted(rows, 'row')} rejected"
