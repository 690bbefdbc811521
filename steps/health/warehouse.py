"""Every look at the warehouse, one after the other: what is not there yet ends none of the others."""

from collections.abc import Callable, Iterator

import duckdb

from ml.mart.nights import REBUILD, NightNotReady
from settings import Settings
from steps.health import answers, data
from steps.health.finding import BUILD, NIGHTLY, Finding
from warehouse.connection import WarehouseError, connect
from warehouse.servers import ServerUnreachable

LOOK_SECONDS = 1.0  # a look does not stand in line
MADE_NIGHTLY = ("last night", "drift", "published")

Look = Callable[[duckdb.DuckDBPyConnection, Settings], Iterator[Finding]]
LOOKS: dict[str, Look] = {
    "landed": data.landed,
    "mart": data.mart,
    "build": data.build,
    "quality": data.quality,
    "champion": answers.champion,
    "last night": answers.last_night,
    "drift": answers.drift,
    "published": answers.published,
    "mirror": answers.mirror,
}


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
