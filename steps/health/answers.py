"""From the champion to the readers: is the last night scored, judged and published, by a model to be trusted?"""

from collections.abc import Iterator
from datetime import datetime

import duckdb

from delivery.publishing.snapshots import LATEST, PUBLISHED_DATABASE
from ml.mart.nights import as_of_night, fleet_clock, last_nights
from ml.models.compatibility import misfits
from ml.registry.artifacts import FilesDamaged
from ml.registry.registry import registry
from ml.registry.store import Store
from ml.registry.troubles import RegistryUnreadable
from ml.scoring.from_normal import VERSION
from ml.scoring.night_status import NOT_SCORED
from settings import Settings
from steps.health.finding import NIGHTLY, Finding
from steps.mirror import behind
from warehouse.tables import column_names


def champion(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
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
    if lacking := sorted(misfits(model.card, column_names(con, "feature_mart"), settings.fleet)):
        text = f"version {version.version} needs {', '.join(lacking[:3])}, which the mart lacks ({len(lacking)} in all)"
        yield Finding("champion", text, "restore the vars it was trained with, or run `make train`")
    for warning in warnings:
        yield Finding("champion", warning, "read reports/evaluation.html; train again when more has failed")
    if not lacking and not warnings:
        yield Finding("champion", f"version {version.version} loads, knows every column it needs, and is trusted")


def last_night(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """Whether the last night that the data reach is scored."""
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


def drift(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """Whether the last scored night is judged, and what came of it."""
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


def published(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
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


def mirror(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Finding]:
    """Whether readers on other machines have what is published, where there is a mirror for them."""
    if settings.workspace.publishing.mirror:
        lacking = behind(settings)
        advice = "publish again: materialize `published_mirror` in `dagster dev`" if lacking else ""
        yield Finding("mirror", lacking or "it has what was published last", advice)


def _last_scored(con: duckdb.DuckDBPyConnection) -> datetime | None:
    found = con.execute("select max(as_of) from ml.prediction_log").fetchall()[0][0]
    return found if isinstance(found, datetime) else None
