"""Variables of the environment that stand for single settings, and win over both files."""

from collections.abc import Mapping, Sequence
from typing import Any

from settings.addresses import MIRROR, MLFLOW_DB, MLFLOW_FILES
from settings.lines import PathKey

SERVICES = "NIGHTSHIFT_SERVICES"
VARIABLES = {  # to section and key
    "NIGHTSHIFT_TARGET": ("engine", "target"),
    "NIGHTSHIFT_WEBHOOK": ("notifications", "webhook_url"),
    SERVICES: ("notifications", "services"),
    "NIGHTSHIFT_METRICS": ("metrics", "textfile_folder"),
    "NIGHTSHIFT_SERVE_HOST": ("serving", "host"),
    "NIGHTSHIFT_SERVE_PORT": ("serving", "port"),
    MLFLOW_DB: ("mlflow", "database"),
    MLFLOW_FILES: ("mlflow", "files"),
    MIRROR: ("publishing", "mirror"),
}


def with_variables(raw: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    """The sections of workspace.toml with what the environment says; services stand there with blanks between."""
    out = dict(raw)
    for variable, (section, key) in VARIABLES.items():
        if given := env.get(variable):
            out[section] = {**out.get(section, {}), key: given.split() if variable == SERVICES else given}
    return out


def variable_of(path: Sequence[PathKey], env: Mapping[str, str]) -> str:
    """The variable that has given the setting at `path`; empty where a file has."""
    return next((name for name, place in VARIABLES.items() if tuple(path[:2]) == place and env.get(name)), "")
