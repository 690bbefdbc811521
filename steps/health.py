"""Is the workspace well? Findings about the warehouse, the champion and the published copy; nothing is changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from delivery.findings import NOW, findings_of
from delivery.markup import one_line
from delivery.publishing.snapshots import LATEST, PUBLISHED_DATABASE
from ingestion import TABLES, LandingError
from ingestion.findings import TELLING_SHARE, FindingKind
from ingestion.not_landed import not_landed
from ml.mart.feature_names import parse_feature
from ml.mart.nights import REBUILD, NightNotReady, as_of_night, fleet_clock, last_nights
from ml.models.fit import misfits
from ml.registry.artifacts import FilesDamaged
from ml.registry.registry import registry
from ml.registry.store import Store
from ml.registry.troubles import RegistryUnreadable
from ml.scoring.from_normal import VERSION
from ml.scoring.night_status import NOT_SCORED
from ml.wording import counted, rate
from settings import Fleet, Settings
from steps.mirror import behind
from warehouse.connection import WarehouseError, connect
from warehouse.servers import ServerUnreachable
from warehouse.tables import column_names, relations

FILE_REFUSED = "file refused"
MOST_TOLD = 5
LOOK_SECONDS = 1.0  # a look does not stand in line
BUILD, NIGHTLY = "run `dbt build`", "run `make night NIGHT=<its date>`"
RESTATE = "dbt build --vars '{{restate_from: \"{day}\"}}'"
MADE_NIGHTLY = ("last night", "drift", "published")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` says what to do about it; a finding without advice is well."""

    subject: str
    text: str
    advice: str = ""

    @property
    def line(self) -> str:
        """The finding as `make doctor` prints it."""
        if not self.advice:
            return f"ok   {self.subject:<10} {self.text}"
        return f"LOOK {self.subject:<10} {self.text.rstrip('.')}: {self.advice}"


def warehouse_findings(settings: Settings) -> Iterator[Finding]:
    """What the warehouse tells, from landed files to the last scored night, and what follows from it."""
    path = settings.paths.warehouse
    if not path.exists():
        yield Finding("warehouse", f"there is none at {path} yet", "run `make run`, or `make land` with your own drops")
        return
    try:
        con = connect(path, read_only=True, wait_seconds=LOOK_SECONDS)
    except WarehouseError as error:
        yield Finding("warehouse", str(error), "then look again")
        return
    with con:
        yield Finding("warehouse", f"{path} opens, {path.stat().st_size / 1e6:,.0f} MB")
        for subject, look in LOOKS.items():
            yield from _guarded(subject, look, con, settings)


Look = Callable[[duckdb.DuckDBPyConnection, Settings], Iterator[Finding]]


def _guarded(subject: str, look: Look, con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """A look at tables that are not there yet is a finding, not the end of the looking."""
    try:
        yield from look(con, settings)
    except duckdb.CatalogException as error:
        advice = NIGHTLY if subject in MADE_NIGHTLY else BUILD
        yield Finding(subject, f"not made yet ({str(error).splitlines()[0]})", advice)
    except ServerUnreachable as error:
        yield Finding(subject, str(error), "then look again")
    except NightNotReady as error:
        yield Finding(subject, str(error), "then look again" if REBUILD in str(error) else BUILD)


def _landed(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
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


def _mart(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    columns = _mart_columns(con)
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


def _build(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
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


def _quality(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """What is odd about the data, but for what `_landed` has said."""
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


def champion_finding(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """Whether there is a champion that loads, can read this mart, and is to be trusted."""
    try:
        if Store(settings.paths, settings.workspace.mlflow).is_new():
            yield Finding("champion", "nothing has been trained yet", "run `make train`")
            return
        models = registry(settings)
        found, warnings = models.find_champion(), models.warnings()
    except (FilesDamaged, RegistryUnreadable) as error:
        yield Finding("champion", str(error), "then look again")
        return
    except Exception as error:  # whatever MLflow or CatBoost cannot read
        advice = f"restore {settings.paths.home} from a copy, or move mlflow.db and mlruns away and run `make train`"
        yield Finding("champion", f"it cannot be loaded: {str(error).splitlines()[0]}", advice)
        return
    if found is None:
        yield Finding("champion", "MLflow has none", "run `make train`")
        return
    model, version = found
    if lacking := sorted(misfits(model.card, _mart_columns(con), settings.fleet)):
        text = f"version {version.version} needs {', '.join(lacking[:3])}, which the mart lacks ({len(lacking)} in all)"
        yield Finding("champion", text, "restore the vars it was trained with, or run `make train`")
    for warning in warnings:
        yield Finding("champion", warning, "read reports/evaluation.html; train again when more has failed")
    if not lacking and not warnings:
        yield Finding("champion", f"version {version.version} loads, knows every column it needs, and is trusted")


def _last_night(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    scored = _last_scored(con)
    hour = settings.fleet.scoring_hour
    due = as_of_night(last_nights(fleet_clock(con), hour, 1)[0], hour)
    if scored is None:
        yield Finding("last night", f"no night is scored yet; the data reach {due}", NIGHTLY)
    elif scored < due:
        yield Finding("last night", f"{scored} is the last one scored, and the data reach {due}", NIGHTLY)
    else:
        yield Finding("last night", f"{scored} is scored, and the data reach no further")
    newest = "select as_of, note from ml.nights where status = ? order by as_of desc limit 1"
    for as_of, note in con.execute(newest, [NOT_SCORED]).fetchall() if scored is not None else []:
        if as_of >= scored:
            yield Finding("last night", f"{as_of} could not be scored. {note}", "then look again")


def _drift(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    scored = _last_scored(con)
    newest = "select model_version from ml.prediction_log where as_of = ? order by scored_at desc limit 1"
    if con.execute(newest, [scored]).fetchone() == (VERSION.version,):
        yield Finding("drift", f"{scored} was told by distance from normal: there is no model to judge")
        return
    found = con.execute("select as_of, summary from ml.drift_nights order by as_of desc limit 1").fetchall()
    if not found or (scored is not None and found[0][0] < scored):
        yield Finding("drift", f"the night of {scored} has not been judged", NIGHTLY)
    else:
        yield Finding("drift", f"{found[0][0]}: {found[0][1]}")


def published_finding(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """Whether the copy for readers opens and shows the last night."""
    database, scored = settings.paths.published / PUBLISHED_DATABASE, _last_scored(con)
    if not database.exists():
        yield Finding("published", "nothing is published yet", NIGHTLY)
        return
    try:
        with duckdb.connect(str(database), read_only=True) as copy:
            shown = copy.execute("select max(as_of) from predictions").fetchall()[0][0]
    except duckdb.Error as error:
        text = f"{database} cannot be read: {str(error).splitlines()[0]}"
        yield Finding("published", text, "publish again: materialize `published` in `dagster dev`")
        return
    at, latest = datetime.fromtimestamp(database.stat().st_mtime), settings.paths.published / LATEST
    if not latest.is_dir():
        text = f"there is no {latest}: an earlier version published it, or the link was lost in copying"
        yield Finding("published", text, NIGHTLY)
    elif scored is not None and (shown is None or shown < scored):
        yield Finding("published", f"it ends with {shown}, and {scored} is scored", NIGHTLY)
    else:
        yield Finding("published", f"it opens and ends with {shown}; swapped in {at:%Y-%m-%d %H:%M}")


def _mirror(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """Whether readers on other machines have what is published, where there is a mirror for them."""
    if settings.workspace.publishing.mirror:
        lacking = behind(settings)
        advice = "publish again: materialize `published_mirror` in `dagster dev`" if lacking else ""
        yield Finding("mirror", lacking or "it has what was published last", advice)


def _last_scored(con: duckdb.DuckDBPyConnection) -> datetime | None:
    found = con.execute("select max(as_of) from ml.prediction_log").fetchall()[0][0]
    return found if isinstance(found, datetime) else None


def _mart_columns(con: duckdb.DuckDBPyConnection) -> set[str]:
    return column_names(con, "feature_mart")


LOOKS: dict[str, Look] = {
    "landed": _landed,
    "mart": _mart,
    "build": _build,
    "quality": _quality,
    "champion": champion_finding,
    "last night": _last_night,
    "drift": _drift,
    "published": published_finding,
    "mirror": _mirror,
}
