"""No setting of the user's environment reaches a test: tests would write to real homes and post to real addresses."""

import os
import re
from collections.abc import MutableMapping

FOREIGN = re.compile(
    r"(NIGHTSHIFT|DAGSTER|MLFLOW|DBT|EVIDENTLY|DUCKDB|OTEL|SPARK|HADOOP|YARN|PYSPARK|AIRFLOW|DATABRICKS|APPRISE|PROMETHEUS"
    r"|AWS)_.*|MOTHERDUCK_TOKEN|PG[A-Z]+|(http|https|ftp|all|no)_proxy",
    re.IGNORECASE,
)
OURS = {
    "DO_NOT_TRACK": "1",
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "no_proxy": "*",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


def forget_the_caller(env: MutableMapping[str, str] = os.environ) -> None:
    """Remove what libraries of ours read as settings, and turn usage statistics off."""
    for name in [name for name in env if FOREIGN.fullmatch(name)]:
        del env[name]
    env.update(OURS)
