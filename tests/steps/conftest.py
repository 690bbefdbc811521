"""A warehouse that a training reads, made of the shared mart."""

import duckdb
import pandas as pd
import pytest

from ml.mart.columns import WEIGHT
from settings import Settings
from tests.conftest import KNOWN


@pytest.fixture(scope="module")
def home(settings: Settings, mart: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse with the mart's tables, where a component fails 9 h after each failing row of the scoring hour."""
    paths = settings.paths.model_copy(update={"home": tmp_path_factory.mktemp("home")})
    training = settings.workspace.training.model_copy(update={"bags": 1, "leave_out": ()})
    workspace = settings.workspace.model_copy(update={"paths": paths, "training": training})
    failing = mart[(mart["fails_any"] == 1) & (mart["as_of"].dt.hour == settings.fleet.scoring_hour)]
    failures = failing[["machine_id"]].assign(component="comp1", failed_at=failing["as_of"] + pd.Timedelta(hours=9))
    failures["known_at"] = failures["failed_at"]
    clock = pd.DataFrame({"last_event_at": [KNOWN], "known_until": [KNOWN], "fresh_until": [KNOWN]})
    tables = {"feature_mart": mart.drop(columns=WEIGHT), "outages": failures, "fleet_clock": clock}
    with duckdb.connect(str(paths.warehouse)) as con:
        con.execute("create schema ml")
        for name, rows in tables.items():
            con.register("rows_of_it", rows)
            con.execute(f"create table {name} as from rows_of_it")
            con.unregister("rows_of_it")
    return settings.model_copy(update={"workspace": workspace})
