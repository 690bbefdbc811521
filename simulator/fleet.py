"""A simulated fleet: the five feeds as frames, and the hidden state behind them."""

from dataclasses import dataclass

import pandas as pd

from simulator.cycles import Hidden, component_lives
from simulator.lateness import with_availability
from simulator.logs import errors_frame, failures_frame, machines_frame, maint_frame
from simulator.spec import FleetSpec
from simulator.telemetry import telemetry_frame


@dataclass(frozen=True)
class SimulatedFleet:
    """A fleet's feeds in the Azure PdM layout, sorted by datetime then machineID, naive UTC; `hidden` is in no feed."""

    spec: FleetSpec
    telemetry: pd.DataFrame
    errors: pd.DataFrame
    maint: pd.DataFrame
    failures: pd.DataFrame
    machines: pd.DataFrame
    hidden: Hidden

    @property
    def feeds(self) -> dict[str, pd.DataFrame]:
        """The five frames by the feed's name."""
        names = ("telemetry", "errors", "maint", "failures", "machines")
        return {name: getattr(self, name) for name in names}


def simulate(spec: FleetSpec | None = None) -> SimulatedFleet:
    """Simulate a fleet from its seed: the same spec gives the same frames, bit for bit."""
    spec = spec or FleetSpec()
    machines = machines_frame(spec)
    hidden = component_lives(spec, machines)
    return SimulatedFleet(
        spec=spec,
        telemetry=with_availability(spec, "telemetry", telemetry_frame(spec, hidden)),
        errors=with_availability(spec, "errors", errors_frame(spec, hidden)),
        maint=maint_frame(spec, hidden),
        failures=failures_frame(spec, hidden),
        machines=machines,
        hidden=hidden,
    )
