"""Machines that are down on a night: nothing is predicted for what has failed already."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import duckdb

from settings import Fleet


@dataclass(frozen=True)
class Down:
    """An outage that a night knows of and that is not over: the component that failed, and when (naive UTC)."""

    component: str
    failed_at: datetime

    def advice(self, fleet: Fleet) -> str:
        """What to do about the machine, in words."""
        what = fleet.component_label(self.component)
        return f"Down since {self.failed_at:%Y-%m-%d %H:%M} ({what} failed): no advice until it runs again"


DownMachines = Mapping[str, Down]  # by machine
NONE_DOWN: DownMachines = MappingProxyType({})


def down_machines(con: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, Down]:
    """The machines that were down at `as_of`, as far as was known then; of several outages the first."""
    rows = con.execute(
        """
        select machine_id, min_by(component, (failed_at, component)), min(failed_at)
        from outages
        where failed_at <= ? and known_at <= ? and advised_again_at > ?
        group by machine_id
        """,
        [as_of, as_of, as_of],
    ).fetchall()
    return {machine: Down(component, failed_at) for machine, component, failed_at in rows}
