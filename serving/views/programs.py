"""What programs may ask, read from the application's own description of itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ProgramRoute:
    """One address: `takes` are the names of what may be asked of it."""

    method: str
    path: str
    told: str
    takes: Sequence[str]


@dataclass(frozen=True)
class ProgramsView:
    """All of them. `base` is the address of this server, as it was asked by."""

    base: str
    about: str
    routes: Sequence[ProgramRoute]


def programs_view(described: Mapping[str, Any], base: str) -> ProgramsView:
    """The routes of an OpenAPI description."""
    routes = [
        ProgramRoute(method.upper(), path, route.get("description", ""), [
            parameter["name"] for parameter in route.get("parameters", ())
        ])
        for path, methods in described["paths"].items()
        for method, route in methods.items()
    ]  # fmt: skip
    return ProgramsView(base, described["info"]["description"], routes)
