"""A dbt-duckdb plugin: a dbt process waits for the warehouse's lock as every other writer does.

dbt-duckdb's own retries double their pause each time, report nothing, and end in DuckDB's error message.
"""

import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.events.logging import AdapterLogger
from dbt.flags import get_flags

from settings import load_settings
from warehouse.connection import make_folder, wait_for
from warehouse.private import keep_private

logger = AdapterLogger("Nightshift")


class Plugin(BasePlugin):
    """Named in profiles.yml. dbt-duckdb calls the two methods just before and just after it opens the file."""

    _lock_holder: duckdb.DuckDBPyConnection | None = None

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Take the lock: open the file as dbt will, and keep it open until dbt has. Raises WarehouseBusy."""
        path = Path(creds.path).expanduser()  # as DuckDB does
        settings = load_settings(env={**os.environ, "DBT_PROJECT_DIR": str(get_flags().PROJECT_DIR)})
        keep_private(settings)
        make_folder(path.parent)
        wait_seconds = settings.workspace.warehouse.wait_seconds
        self._lock_holder = wait_for(
            path.absolute(), wait_seconds, lambda: duckdb.connect(creds.path, config=dict(config)), logger.warning
        )

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Give up the connection that held the lock: dbt has the file open now."""
        if self._lock_holder is not None:
            self._lock_holder.close()
            self._lock_holder = None
