"""From landed files to the mart: has it all come in, is it all built, and is anything odd about it?"""

from collections.abc import Iterator
from datetime import date

import duckdb

from delivery.findings import NOW, findings_of
from delivery.markup import one_line
from ingestion import TABLES, LandingError
from ingestion.findings import TELLING_SHARE, FindingKind
from ingestion.not_landed import not_landed
from ml.mart.feature_names import parse_feature
from ml.wording import counted, rate
from settings import Fleet, Settings
from steps.health.finding import BUILD, Finding
from warehouse.tables import column_names, relations

FILE_REFUSED = "file refused"
MOST_TOLD = 5
RESTATE = "dbt build --vars '{{restate_from: \"{day}\"}}'"


def landed(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """Whether every drop has landed, and all but a few of their rows."""
    known = relations(con)
    if missing := [name for name in TABLES if f"raw.{name}" not in known]:
        yield Finding("landed", f"the warehouse lacks raw.{', raw.'.join(missing)}", "run `make land`")
        return
    [[files]] = con.execute("select count(distinct file) from raw.landed_files").fetchall()
    rejected = con.execute("select count(*) from raw.rejected").fetchall()[0][0]
    text = f"{counted(files, 'file')}, {counted(rejected, 'row')} rejected"
    refused = [row[0] for row in con.execute("select reason from raw.refused_files order by feed, file").fetchall()]
    if refused:
        more = f" (and {counted(len(refused) - 1, 'more file')} too)" if len(refused) > 1 else ""
        yield Finding("landed", one_line(refused[0]) + more, "then run `make land`")
        return
    many = con.execute(
        """
        select feed, sum(rejected) / sum(rows + rejected + duplicates) as share from raw.landed_files
        group by feed having share > ? order by share desc limit 1
        """,
        [TELLING_SHARE],
    ).fetchall()
    for feed, share in many:
        text = f"{counted(rejected, 'row')} rejected, {rate(share, gap=' ')} of {feed}"
        yield Finding("landed", text, "select * from raw.rejected says which and why; correct them and land again")
        return
    try:
        fresh = list(dict.fromkeys(not_landed(con, settings.paths.drops, settings.fleet)))
    except LandingError as error:
        yield Finding("landed", f"{text}. {error}")
        return
    if fresh:
        text = f"{counted(len(fresh), 'drop has', 'drops have')} not landed, such as {fresh[0]}"
        yield Finding("landed", text, "run `make land`: it lands them or says why it refuses them")
    else:
        yield Finding("landed", text)


def mart(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """Whether the mart has columns for all that the vars name."""
    columns = column_names(con, "feature_mart")
    if lacking := missing_in_mart(columns, settings.fleet):
        text = f"feature_mart has no column for {', '.join(lacking)}, which the vars of {settings.fleet.file} name"
        yield Finding("mart", text, "correct the vars, or run `dbt build --full-refresh`")
        return
    rows, until = con.execute("select count(*), max(as_of) from feature_mart").fetchall()[0]
    yield Finding("mart", f"{rows:,} rows of {len(columns)} columns up to {until}")


def missing_in_mart(columns: set[str], fleet: Fleet) -> list[str]:
    """Sensors (by window), error codes and components that no column of the mart speaks of."""
    features = {said for name in columns if (said := parse_feature(name, fleet))}
    windows, subjects = {(said.subject, said.window_hours) for said in features}, {said.subject for said in features}
    lacking = [
        f"{sensor} over {hours} h"
        for sensor in fleet.sensors
        for hours in fleet.windows_hours
        if (sensor, hours) not in windows
    ]
    return lacking + [other for other in (*fleet.error_codes, *fleet.components) if other not in subjects]


def build(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """Whether a build that has finished made all that has landed, and left out no day."""
    built, until = con.execute("select max(last_file_id), max(built_until) from state.finished_builds").fetchall()[0]
    landed = con.execute("select coalesce(max(_file_id), 0) from raw.landed_files").fetchall()[0][0]
    [[begun]] = con.execute(
        "select count(*) from state.begun_builds where finished_before = (select count(*) from state.finished_builds)"
    ).fetchall()
    missing = _days_missing(con) if built is not None and "main.feature_mart" in relations(con) else []
    if built is None:
        yield Finding("build", "no build has finished yet", BUILD)
    elif landed > built:
        yield Finding(
            "build", f"{counted(landed - built, 'file has', 'files have')} landed since the last finished build", BUILD
        )
    elif begun:
        yield Finding("build", "one has begun, of all or some models, and none has finished since", BUILD)
    elif not missing:
        yield Finding("build", f"all that has landed is built, with data up to {until}")
    if missing:
        text = f"the mart has no snapshot of {missing[0]}" + (
            f" and {counted(len(missing) - 1, 'more day')}" * bool(missing[1:])
        )
        yield Finding("build", f"{text}, of which readings have landed", f"run `{RESTATE.format(day=missing[0])}`")
    for file, command in con.execute("select file_name, restate_command from waiting_arrivals").fetchall():
        yield Finding("build", f"rows of {file} came too late for a night to restate", f"run `{command}`")


def _days_missing(con: duckdb.DuckDBPyConnection) -> list[date]:
    """Days within the mart's own of which it has no snapshot at all, although telemetry was staged."""
    gaps = con.execute("""
        with days as (select distinct cast(as_of as date) as day from feature_mart)
        select cast(day as date) from (
            select unnest(generate_series(min(day), max(day), interval 1 day)) as day from days
        ) where cast(day as date) not in (select day from days) order by day
    """).fetchall()
    staged = "select 1 from stg_telemetry where event_at >= ? and event_at < ? + interval 1 day limit 1"
    return [day for (day,) in gaps if con.execute(staged, [day, day]).fetchall()]


def quality(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """What is odd about the data, but for what `landed` has said."""
    con.execute(f"select 1 from {NOW} limit 0")
    found = [
        one for one in findings_of(con, fleet=settings.fleet) if one.kind not in (FILE_REFUSED, FindingKind.REJECTED)
    ]
    told = [one for one in found if one.matters]
    for one in told[:MOST_TOLD]:
        yield Finding("quality", one.found, one.cure)
    if len(told) > MOST_TOLD:
        yield Finding("quality", f"{len(told) - MOST_TOLD:,} more are odd", "select * from data_quality")
    if not told:
        yield Finding("quality", f"nothing is odd about what has landed ({counted(len(found), 'note')})")
