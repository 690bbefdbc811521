"""The application: its routes, what guards them, and the look-out for a new night or champion."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from anyio import to_thread
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from serving.deps import House
from serving.front import Front
from serving.guard.access import Access, access_of
from serving.guard.gate import Gate
from serving.guard.rates import Rate
from serving.problems import answer_errors
from serving.routes.listings import api, open_api
from serving.routes.pages import home, pages
from serving.routes.questions import bulk, questions, words
from serving.routes.reports import reports
from serving.routes.sign_in import sign_in
from settings import Settings, load_settings

REFRESH_SECONDS = 1.0
WRITES_AT_ONCE = 10
ABOUT = (
    "What nights have said of the fleet, what-if questions to the champion, and feedback. Read from the published copy "
    "alone; a new night or champion is served without a restart, and one answer is of one night. Times are UTC."
)
NOT_TRACED: TelemetryConfig = {
    "tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False,
}  # fmt: skip


def build() -> FastAPI:
    """The application of this workspace, as uvicorn asks for it. Raises SettingsError and WeakToken."""
    return make_app(load_settings(), access_of())


def make_app(
    settings: Settings,
    access: Access,
    now: Callable[[], datetime] | None = None,
    front: Front | None = None,
    look_seconds: float = REFRESH_SECONDS,
) -> FastAPI:
    """The application of a workspace; `now` gives naive UTC, and every `look_seconds` it looks for what is new.

    Several may share a `front`, which holds the model.
    """
    serving = settings.workspace.serving
    writes = Rate(serving.writes_per_minute / 60, min(serving.writes_per_minute, WRITES_AT_ONCE))
    house = House(settings, front or Front(settings), access, writes, now or utc_now)
    app = FastAPI(
        title="Nightshift",
        description=ABOUT,
        lifespan=lambda _: _looking_out(house.front, look_seconds),
        docs_url=None,  # its page would load scripts from elsewhere: /pages/programs says the same
        redoc_url=None,
        telemetry=NOT_TRACED,
    )
    app.state.house = house
    app.add_middleware(Gate, settings=serving)
    answer_errors(app)
    for router in (open_api, api, questions, words, home, sign_in, pages, reports):
        app.include_router(router, max_body_size=1_000 * serving.body_kilobytes)
    app.include_router(bulk, max_body_size=1_000_000 * serving.batch_megabytes)
    return app


def utc_now() -> datetime:
    """This moment, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


@asynccontextmanager
async def _looking_out(front: Front, seconds: float) -> AsyncIterator[None]:
    await to_thread.run_sync(front.refresh)  # the first request waits for nothing

    async def look() -> None:
        while True:
            await asyncio.sleep(seconds)
            await to_thread.run_sync(front.refresh)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
