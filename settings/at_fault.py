"""Which key is to be corrected where a model of the settings does not take what it was given."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

from settings.lines import PathKey

_NAMED = re.compile(r"[\w.]*\w")


def keys_at_fault(item: ErrorDetails, raw: Mapping[str, Any]) -> Sequence[Sequence[PathKey]]:
    """The path of the key, or of each of those that do not fit together, as the reason names them one by one."""
    at: list[PathKey] = list(item["loc"])
    if item["type"] != "value_error" or len(at) > 1:
        return [at]
    words = (keys(word) for word in _NAMED.findall(str(item["ctx"]["error"])))
    paths = [path if path[: len(at)] == at else [*at, *path] for path in words]
    return [path for path in paths if len(path) > len(at) and _stands(raw, path)] or [at]


def keys(path: str) -> list[PathKey]:
    """The keys of `mapping.telemetry[0].where`."""
    return [int(part) if part.isdigit() else part for part in re.findall(r"\w+", path)]


def _stands(raw: Any, path: Sequence[PathKey]) -> bool:  # noqa: ANN401 - as YAML gave it
    for key in path:
        inside = key in raw if isinstance(raw, Mapping) else key in range(len(raw)) if isinstance(raw, list) else False
        if inside:
            raw = raw[key]
        elif not (isinstance(raw, Mapping) and key == 0):  # a single entry that is no list
            return False
    return True
