"""A demo fleet: hourly telemetry, errors, maintenance and failures with a known cause behind every one.

The physics in short (formulas and defaults: README.md in this folder): a component wears with the hours since
its replacement, faster in some models and in older machines, until a defect begins; the defect's degradation grows,
and with it the hazard of failure, the drift of the component's sensor and the rate of its error code; a silent
defect shows neither. A failed component is replaced in the hour it fails; planned visits replace components in
whatever state they are. `true_probability` is what a perfect observer of all this would predict.
"""

from simulator.drops import write_drops
from simulator.fleet import SimulatedFleet, simulate
from simulator.oracle import true_probability
from simulator.outcomes import average_precision, nightly, oracle_ap, outcomes
from simulator.spec import ComponentSpec, FleetSpec, ModelSpec, Physics, SensorSpec

__all__ = [
    "ComponentSpec",
    "FleetSpec",
    "ModelSpec",
    "Physics",
    "SensorSpec",
    "SimulatedFleet",
    "average_precision",
    "nightly",
    "oracle_ap",
    "outcomes",
    "simulate",
    "true_probability",
    "write_drops",
]
