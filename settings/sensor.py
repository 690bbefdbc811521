"""A sensor, as `vars.sensors` describes it."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from settings.frozen import Frozen, Identifier, Label


class Sensor(Frozen):
    """A telemetry column: its unit, and the range in that unit outside of which a reading is implausible.

    `decimals` are kept of each reading (default: see `Fleet.decimals`). `kind` says what a reading is, and so which
    features are made of it: a level (gauge), a count that grows (counter), or one of `states`, by name the number that
    the files have for it. A sensor that tells changes only has `on_change_hours`: so long at most a reading holds.
    `label` is what people call it, in the heads of their files and on our pages (default: its name). `component` is the
    one whose replacement makes new what a gauge shows (default: nothing does but the machine's entering service).
    """

    unit: str = ""
    label: Label | None = None
    min: Annotated[float, Field(strict=True)]  # YAML reads 1e5 as text
    max: Annotated[float, Field(strict=True)]
    decimals: Annotated[int, Field(ge=0, le=15)] | None = None
    kind: Literal["gauge", "counter", "state"] = "gauge"
    states: dict[Identifier, Annotated[int, Field(strict=True)]] = Field(default_factory=dict)
    on_change_hours: Annotated[int, Field(ge=1, strict=True)] | None = None
    component: Identifier | None = None

    @field_validator("states", mode="before")
    @classmethod
    def _are_words(cls, value: object) -> object:
        if isinstance(value, dict) and any(isinstance(name, bool) for name in value):
            raise ValueError("YAML reads on, off, yes and no as true and false: put such a name of a state in quotes")
        return value

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.min >= self.max:
            raise ValueError("an accepted range needs min < max")
        return self

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "state") != bool(self.states):
            raise ValueError("a sensor of kind state needs states, such as {idle: 0, run: 1}, and no other has any")
        if len(set(self.states.values())) < len(self.states):
            raise ValueError("two states have one number")
        if beyond := [name for name, number in self.states.items() if not self.min <= number <= self.max]:
            raise ValueError(f"the state {beyond[0]} lies outside min and max")
        if self.component and self.kind != "gauge":
            raise ValueError(f"component is what a gauge shows the wear of, and no sensor of kind {self.kind} has any")
        return self

    @property
    def widest(self) -> float:
        """The number farthest from 0 within its range."""
        return max(abs(self.min), abs(self.max))
