"""dbt as every benchmark calls it."""

import sys
from pathlib import Path

DBT = Path(sys.executable).with_name("dbt")
UP_TO_THE_MART = ("--exclude", "path:dbt_project/models/outcomes")


def dbt_command(command: str, home: Path, *options: str, target: str = "duckdb") -> list[str]:
    """A dbt command for all models up to `feature_mart`.

    NIGHTSHIFT_HOME must name `home`, whose folder `target` gets dbt's own files.
    """
    places = ["--target", target, "--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    return [str(DBT), command, *UP_TO_THE_MART, *places, *options]
