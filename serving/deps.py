"""What routes ask for: the snapshot of this request, the settings, and that whoever asks may."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from serving.front import Front, Snapshot
from serving.guard.access import NO_WRITING, SESSION, Access
from serving.guard.gate import client_of
from serving.guard.rates import Rate
from serving.problems import Problem
from serving.published import Published
from settings import Settings

NOTHING_PUBLISHED = "Nothing is published yet: run `make run`, or `make night` for a night of your own files."


@dataclass(frozen=True)
class House:
    """What an application holds: `now` gives naive UTC, `writes` bounds writes and attempts to sign in.

    Batches wait for each other in `batches`, so that questions about single machines go on between them.
    """

    settings: Settings
    front: Front
    access: Access
    writes: Rate
    now: Callable[[], datetime]
    batches: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))


async def house_of(request: Request) -> House:
    """The application's own."""
    found: House = request.app.state.house
    return found


TheHouse = Annotated[House, Depends(house_of)]


async def reader(request: Request, house: TheHouse) -> None:
    """Raise Problem where whoever asks may not read."""
    if not house.access.may_read(request.headers.get("authorization", ""), request.cookies.get(SESSION, "")):
        raise Problem(
            401,
            "Reading asks for a token here: send it as `Authorization: Bearer ...`, or sign in at /pages/sign-in.",
            {"www-authenticate": "Bearer"},
        )


async def writer(request: Request, house: TheHouse) -> None:
    """Raise Problem where a program may not write."""
    within_writes(request, house)
    if not house.access.writing:
        raise Problem(403, NO_WRITING)
    if not house.access.may_write(request.headers.get("authorization", "")):
        told = "Writing asks for a token: send it as `Authorization: Bearer ...`."
        raise Problem(401, told, {"www-authenticate": "Bearer"})


def within_writes(request: Request, house: House) -> None:
    """Raise Problem where one client has written, or tried to sign in, more often than is taken."""
    if wait := house.writes.wait(client_of(request.scope)):
        seconds = f"{wait:.0f}" if wait >= 1 else "1"
        raise Problem(429, f"Too many of these at once: try again in {seconds} s.", {"retry-after": seconds})


async def snapshot_of(house: TheHouse) -> Snapshot:
    """What is served now; every part of one request gets the same."""
    return house.front.current


TheSnapshot = Annotated[Snapshot, Depends(snapshot_of)]


async def published_of(snapshot: TheSnapshot) -> Published:
    """The published tables of this request. Raises Problem before there are any."""
    if snapshot.published is None or not snapshot.published.has("predictions"):
        raise Problem(503, NOTHING_PUBLISHED)
    return snapshot.published


ThePublished = Annotated[Published, Depends(published_of)]
