"""A machine's rows as they grow, and what a trouble is: something done to them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.dbt.dbt_kit import Row

START = datetime(2024, 12, 30, 4)
SENSORS = ("volt", "rotate", "pressure", "vibration")
CODES = ("error1", "error2", "error3", "error4", "error5")
COMPONENTS = ("comp1", "comp2", "comp3", "comp4")
H = timedelta(hours=1)


@dataclass
class Machine:
    """A machine's rows as they grow; `later` holds telemetry that comes with the second file."""

    name: str
    hours: int
    chance: random.Random
    telemetry: list[Row]
    later: list[Row]
    errors: list[Row]
    maint: list[Row]
    failures: list[Row]
    registered: bool = True
    service: Row = field(default_factory=dict)

    def event(self, feed: str, at: datetime, code: str, known: datetime | None = None, **more: datetime) -> None:
        column = {"errors": "errorID", "maint": "comp", "failures": "failure"}[feed]
        row = {"datetime": at, "machineID": self.name, column: code, "available_at": known, **more}
        getattr(self, feed).append(row)

    def moment(self, beyond: int = 0) -> datetime:
        return START + self.chance.randint(-beyond, self.hours + beyond) * H

    def sample(self, share: float) -> list[Row]:
        return [row for row in self.telemetry if self.chance.random() < share]


Trouble = Callable[[Machine], None]
