"""What all answers and questions have in common."""

import math
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]
Listed = TypeVar("Listed")


class Said(BaseModel):
    """What we answer."""

    model_config = ConfigDict(protected_namespaces=(), ser_json_inf_nan="null")


class Asked(BaseModel):
    """What is asked of us: nothing that we do not know."""

    model_config = ConfigDict(extra="forbid")


class Listing(Said, Generic[Listed]):
    """A part of a list, in an order that stays: `total` are all that match, `next` is where it goes on."""

    items: list[Listed]
    total: int
    next: str | None = None


Value = TypeVar("Value")


def known(value: Value) -> Value | None:
    """A value of a table as JSON takes it: NaN, which says that there is none, is None."""
    return None if isinstance(value, float) and math.isnan(value) else value
