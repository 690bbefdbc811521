"""MLflow's database, a file or a team's PostgreSQL: read here without MLflow, and written by its own client alone.

MLflow takes a second to load. Nothing is kept between two readings: an alias that somebody moves in MLflow's page
counts from that moment on.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ml.models.version import ModelVersion
from ml.registry.client import DATABASE, open_client
from ml.registry.postgres import has_tables, team_rows
from ml.registry.relocation import LOCKED_SECONDS
from ml.registry.troubles import database_readable, require_not_lost
from settings import MLflowSettings, Paths

if TYPE_CHECKING:
    from mlflow import MlflowClient

# MLflow leaves what was deleted in its table; what is not in its default workspace has been put there by others.
VERSIONS = """
    select name, version, run_id from model_versions
    where coalesce(current_stage, '') <> 'Deleted_Internal' and workspace = 'default' and name = ?
"""
TAGS = "select key, value from model_version_tags where workspace = 'default' and name = ? and version = ?"
LOGGED = """
    select latest_metrics.value from model_versions
    join latest_metrics on latest_metrics.run_uuid = model_versions.run_id
    where model_versions.workspace = 'default' and model_versions.name = ? and version = ? and latest_metrics.key = ?
"""
ALIASED = "select version from registered_model_aliases where workspace = 'default' and name = ? and alias = ?"


@dataclass(frozen=True)
class Entry:
    """A registered version, the MLflow run that made it, and its tags."""

    version: ModelVersion
    run_id: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Store:
    """The registry of the home `paths`, with the models of one name."""

    paths: Paths
    names: MLflowSettings

    @cached_property
    def client(self) -> "MlflowClient":
        """MLflow's own client, for whatever is written and for runs. Loading it takes a second."""
        return open_client(self.paths, self.names)

    def exists(self) -> bool:
        """Whether anything has been kept yet; nothing is made here."""
        return has_tables(self.names.database) if self.names.database else (self.paths.home / DATABASE).exists()

    def is_new(self) -> bool:
        """Whether nothing has ever been kept. Raises RegistryUnreadable where there is no database any more."""
        if not self.names.database:
            require_not_lost(self.paths.home / DATABASE, self.paths.mlflow_artifacts)
        return not self.exists()

    def aliased(self, alias: str) -> ModelVersion | None:
        """The version that carries `alias`, or None."""
        name = self.names.model_name
        found = self._rows(ALIASED, name, alias)
        return ModelVersion(name, str(found[0][0])) if found else None

    def entries(self) -> list[Entry]:
        """Every version, newest first."""
        return list(self._entries(f"{VERSIONS} order by version desc", self.names.model_name))

    def entry(self, version: ModelVersion) -> Entry:
        """What is known of `version`. Raises LookupError where there is no such version."""
        found = [*self._entries(f"{VERSIONS} and version = ?", version.name, int(version.version))]
        if not found:
            raise LookupError(f"MLflow knows no version {version.version} of '{version.name}'.")
        return found[0]

    def metric(self, version: ModelVersion, name: str) -> float | None:
        """The last value of a metric that the run of `version` has logged; None where there is none of either."""
        if not version.version.isdecimal():
            return None
        found = self._rows(LOGGED, version.name, int(version.version), name)
        return float(found[0][0]) if found else None

    def _entries(self, query: str, *values: object) -> Iterator[Entry]:
        for name, version, run_id in self._rows(query, *values):
            yield Entry(ModelVersion(name, str(version)), str(run_id), dict(self._rows(TAGS, name, version)))

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        if self.names.database:
            return team_rows(self.names.database, query, *values)
        database = self.paths.home / DATABASE
        with database_readable(database), closing(sqlite3.connect(database, timeout=LOCKED_SECONDS)) as con:
            return con.execute(query, values).fetchall()
