"""What the models of both settings files share: how strict they are, and the types of their fields."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Hours = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Number = Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)]
Money = Annotated[float, Field(ge=0)]
Label = Annotated[str, Field(pattern=r"\S")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class SettingsError(ValueError):
    """A settings file that cannot be used; the message names the file, the key and the cure."""


class Frozen(BaseModel):
    """An immutable model that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
