"""What intake takes the files of a group for: the feed, and what each of their columns stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from intake.groups import FileGroup
from intake.machines import MachineColumn
from intake.sample import Sample
from intake.sensors import SensorGuess
from intake.when import Moments

OF_TELEMETRY, FAILURES, OF_ERRORS, MAINT, MACHINES, NOTHING = "telemetry", "failures", "errors", "maint", "machines", ""
ORDERS = "orders"  # of which some are failures and others maintenance


@dataclass(frozen=True)
class LongParts:
    """One reading a row: SQL of the machine, the sensor and the value, and the sensors by what the files call them."""

    machine: str
    sensor: str
    value: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class FailureFlag:
    """Rows of readings that say that the machine fails: by which condition, and of which component."""

    column: str
    where: str
    component: str = ""


@dataclass(frozen=True)
class Meaning:
    """What a group is. `feed` is empty where it is none, for the reason in `why`.

    code: SQL of the code or component of events. where: which rows are the feed's. attributes: of machines, ours to
    SQL. said: what was recognised, by what. asks: what a person has to decide. left_out: columns, each with the reason.
    """

    group: FileGroup
    sample: Sample
    feed: str
    why: str = ""
    moments: Moments = field(default_factory=Moments)
    machine: MachineColumn | None = None
    code: str = ""
    where: str = ""
    preventive: str = ""
    long: LongParts | None = None
    sensors: tuple[SensorGuess, ...] = ()
    flag: FailureFlag | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
