"""Which key of the settings was meant by one that is unknown."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel


def did_you_mean(model: type[BaseModel], place: Sequence[int | str], also: Iterable[str] = ()) -> str:
    """The key of `model` at `place` that is spelled like the unknown one there, or "".

    place: keys from the outside in, the unknown one last. also: keys of the model that no field stands for.
    """
    *outer, last = map(str, place)
    known = [name for one in _models_at(model, outer) for name in one.model_fields]
    found = get_close_matches(last, [*known, *(() if outer else also)], n=1, cutoff=0.7)
    return ".".join([*outer, *found]) if found else ""


def _models_at(model: type[BaseModel], outer: Sequence[str]) -> list[type[BaseModel]]:
    models = [model]
    for part in outer:  # a name of a dict or a place in a list is no field, and leaves them as they are
        if fields := [one.model_fields[part] for one in models if part in one.model_fields]:
            models = [one for field in fields for one in _models_in(field.annotation)]
    return models


def _models_in(kind: object) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from _models_in(part)
