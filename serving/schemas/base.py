"""What all answers and questions have in common."""

import math
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _naive_utc(moment: datetime) -> datetime:
    try:
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError("it is beyond the calendar in UTC") from None


def is_text(text: str) -> bool:
    """Whether it can be written: JSON may hold halves of characters, which no file takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _writable(text: str) -> str:
    if not is_text(text):
        raise ValueError("it holds half a character")
    return text


LONGEST_ID = 4_000  # of a machine: files may call one anything, and an address has room for so much
Text = Annotated[str, AfterValidator(_writable)]
Moment = Annotated[datetime, AfterValidator(_naive_utc)]  # asked in UTC or with a zone, naive UTC from here on
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
