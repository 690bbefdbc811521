"""Where Dagster keeps its runs: in files under the home, or in a team's PostgreSQL that NIGHTSHIFT_DAGSTER_DB names."""

import os
from importlib.util import find_spec
from pathlib import Path

from settings import DAGSTER_DB, ROOT, SettingsError, require_postgres
from warehouse.servers import ServerUnreachable, not_installed, postgres


def config_folder() -> Path:
    """The folder of the dagster.yaml to read: the root's, or that of a team."""
    return ROOT / "deploy/dagster" if os.environ.get(DAGSTER_DB) else ROOT


def require_records() -> None:
    """Raise SettingsError or ServerUnreachable where a team's database cannot be used, before Dagster tries it."""
    if not (address := os.environ.get(DAGSTER_DB)):
        return
    try:
        require_postgres(address, DAGSTER_DB)
    except ValueError as error:
        raise SettingsError(f"{error}; correct it, then run again.") from None
    if find_spec("dagster_postgres") is None:
        raise ServerUnreachable(not_installed(DAGSTER_DB, "PostgreSQL"))
    with postgres(address, DAGSTER_DB):
        pass
