"""Where a workspace reads and writes: its home, and what is where in it."""

import os
import re
from pathlib import Path
from typing import Self
from urllib.parse import quote

from pydantic import model_validator

from settings.frozen import Frozen


class Paths(Frozen):
    """Where the workspace reads and writes, as absolute paths. All that is generated is under `home`, but `reports`."""

    home: Path
    drops: Path
    reports: Path | None = None

    @model_validator(mode="after")
    def _home_can_be_opened(self) -> Self:
        text = str(self.home)
        if os.path.isfile(self.home):  # noqa: PTH113 - Path.is_file fails where a folder above may not be read
            raise ValueError(f"paths.home (or NIGHTSHIFT_HOME) = {text!r} is a file; name a folder")
        odd = {mark for mark in text if mark in "?#\\" or not mark.isprintable()}
        odd |= set(re.findall("%[0-9A-Fa-f]{2}", text))
        if odd:
            raise ValueError(
                f"paths.home (or NIGHTSHIFT_HOME) = {text!r} holds {', '.join(map(repr, sorted(odd)))}, which DuckDB, "
                "dbt or Dagster's database would take for something else; name another folder"
            )
        return self

    @property
    def warehouse(self) -> Path:
        """The DuckDB file of all tables; on Spark, of Python's own tables and views over the lake."""
        return self.home / "warehouse.duckdb"

    @property
    def lake(self) -> Path:
        """Where Spark keeps its tables; on a cluster, a folder that every worker sees."""
        return self.home / "lake"

    @property
    def published(self) -> Path:
        """The folder of the published copy, which readers open instead of the warehouse."""
        return self.home / "published"

    @property
    def metrics(self) -> Path:
        """The folder of the metrics' textfile, beside the published copy and moved with it."""
        return self.published / "metrics"

    @property
    def mlflow_uri(self) -> str:
        """MLflow's tracking and registry store."""
        return sqlite_uri(self.home / "mlflow.db")

    @property
    def mlflow_artifacts(self) -> Path:
        """The folder of MLflow's model files."""
        return self.home / "mlruns"

    @property
    def dbt_target(self) -> Path:
        """Dbt's target folder: the manifest, compiled SQL and run results."""
        return self.home / "dbt"

    @property
    def log(self) -> Path:
        """The output of all jobs that commands have run."""
        return self.home / "logs" / "run.log"

    @property
    def notification_log(self) -> Path:
        """Every notice and its delivery, one JSON object a line."""
        return self.home / "logs" / "notifications.log"

    @property
    def report_dir(self) -> Path:
        """The folder of the pages: `reports`, or one under `home` where that is not set."""
        return self.reports or self.home / "reports"


def sqlite_uri(path: Path) -> str:
    """SQLAlchemy's address of an SQLite file, for MLflow: what would end or change the path in it is quoted.

    MLflow makes the folder that it reads off an address of the plain form, quoted letters and all; one that names the
    driver it leaves alone.
    """
    quoted = quote(str(path), safe="/ !$&'()*+,;=:@[]~\\") if set("%?#") & set(str(path)) else str(path)
    return f"sqlite{'+pysqlite' if quoted != str(path) else ''}:///{quoted}"
