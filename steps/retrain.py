"""Whether the published nights call for a training."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from delivery.publishing.reading import open_published
from delivery.publishing.snapshots import PUBLISHED_DATABASE
from ml.mart.load import load_failing
from ml.mart.nights import label_delay
from ml.monitoring.retraining import is_true, retraining_reason
from ml.registry.registry import registry
from ml.training.first_model import first_model_verdict
from ml.training.recipe import recipe_of
from settings import Settings
from steps.compatibility import why_no_fit
from warehouse.connection import WarehouseError, connect
from warehouse.tables import column_names

PUBLISHED_NIGHTS = "drift_nights"
# Published before there was such a table, or in a home that was moved since, by a version whose views named its place.
NOT_THERE = (duckdb.CatalogException, duckdb.IOException)


@dataclass(frozen=True)
class Verdict:
    """`reason`: what calls for a training as of `night`, or None; then `why_not` says what was looked at."""

    night: datetime | None
    reason: str | None
    why_not: str = ""


def retraining_verdict(settings: Settings) -> Verdict:
    """Ask `retraining_reason` of the published nights, or of a fleet without a model whether it can have its first.

    No night ever waits for this: the warehouse is looked into for a moment alone, and not where a night holds it. A
    champion that does not fit the vars any more scores no night, so that nothing could drift: that is said instead.
    """
    if registry(settings).aliases.champion() is None:
        return _first_model(settings)
    if no_fit := _why_no_fit(settings):
        return Verdict(None, None, no_fit)
    nights = _published_nights(settings)
    if nights.empty:
        return Verdict(None, None, "No night has been judged and published yet.")
    last_trained_at = registry(settings).decisions.last_trained_at()
    night = nights["as_of"].max().to_pydatetime()
    reason = retraining_reason(nights, last_trained_at, settings.workspace.retraining)
    drifted = "drifted" if is_true(nights.loc[nights["as_of"].idxmax(), "moved"]) else "did not drift"
    why_not = f"The night of {night:%Y-%m-%d} {drifted}; models were last judged on nights until {last_trained_at}."
    return Verdict(night, reason, why_not)


def _why_no_fit(settings: Settings) -> str:
    champion = registry(settings).find_champion()
    if champion is None:
        return ""
    try:
        with connect(settings.paths.warehouse, read_only=True, wait_seconds=0) as con:
            columns: Collection[str] = column_names(con, "feature_mart")
    except (WarehouseError, duckdb.CatalogException):
        columns = champion[0].card.features  # what the vars alone tell: components and the horizon
    return why_no_fit(*champion, columns, settings.fleet)


def _first_model(settings: Settings) -> Verdict:
    """Failures come one by one: the first night that can be learnt from is the one after which a training begins."""
    recipe = recipe_of(settings)
    with _published(settings) as con:
        try:
            found = con.execute(
                "select max(as_of), max(as_of) filter (where label_status = 'mature') from feature_mart"
            ).fetchall()
        except NOT_THERE:
            found = [(None, None)]
        [(night, mature)] = found
        if mature is None:
            return Verdict(night, None, "No night whose outcome is known has been published yet.")
        known_until = mature + label_delay(recipe.fleet)
        reason, why_not = first_model_verdict(load_failing(con, known_until), known_until, recipe)
    return Verdict(night, reason, why_not)


def _published_nights(settings: Settings) -> pd.DataFrame:
    with _published(settings) as con:
        try:
            return con.execute(f"select * from {PUBLISHED_NIGHTS}").df()
        except NOT_THERE:
            return pd.DataFrame()


@contextmanager
def _published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """What readers may open; nothing where nothing has been published."""
    folder = settings.paths.published
    with open_published(folder) if (folder / PUBLISHED_DATABASE).exists() else duckdb.connect() as con:
        yield con
