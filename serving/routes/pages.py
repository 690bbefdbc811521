"""Pages for people: the fleet, a machine, cases, nights, and what programs may ask."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from delivery.pages.machine.assemble import machine_stories
from delivery.pages.machine.page import render_machine_page
from ml.mart.nights import as_of_night
from ml.wording import counted, number, rate
from serving.deps import NOTHING_PUBLISHED, TheHouse, ThePublished, TheSnapshot, reader
from serving.front import Snapshot
from serving.problems import Problem
from serving.published import Published
from serving.reads.cases import cases, machine_facts
from serving.reads.nights import OK, count_nights, drift_columns, is_on_record, nights, wellness
from serving.schemas.base import LONGEST_ID
from serving.views.cases import CASES_A_PAGE, case_line, cases_view
from serving.views.fleet import FleetAsked, fleet_view
from serving.views.frame import frame_of, shown
from serving.views.nights import NIGHTS_A_PAGE, NightsView, NightView, night_line
from serving.views.programs import programs_view
from serving.waiting import waiting_words

pages = APIRouter(prefix="/pages", dependencies=[Depends(reader)], include_in_schema=False)
MOST_PAGES = 10_000
PageNumber = Annotated[int, Query(ge=1, le=MOST_PAGES)]
ShortText = Annotated[str, Query(max_length=500)]
MachineName = Annotated[str, Query(max_length=LONGEST_ID)]
Flag = Annotated[str, Query(max_length=10)]


@pages.get("/fleet")
def fleet(
    request: Request,
    house: TheHouse,
    snapshot: TheSnapshot,
    published: ThePublished,
    night: ShortText = "",
    q: MachineName = "",
    level: ShortText = "",
    component: ShortText = "",
    kind: ShortText = "",
    alerts: Flag = "",
    sort: ShortText = "risk",
    turn: Annotated[str, Query(alias="dir", max_length=100)] = "",
    page: PageNumber = 1,
) -> HTMLResponse:
    """A night's fleet, by default the last one's."""
    as_of = _night_asked(night, snapshot, published)
    asked = FleetAsked(q, level, component, kind, bool(alerts), sort, turn, page)
    view = fleet_view(published, snapshot, as_of, asked, frame_of(request, house, "fleet"))
    label = snapshot.settings.fleet.component_label
    return shown(request, house, "fleet", "served_fleet.html.j2", fleet=view, component_label=label)


@pages.get("/machine")
def machine(
    request: Request,
    house: TheHouse,
    snapshot: TheSnapshot,
    published: ThePublished,
    id: MachineName,
    night: ShortText = "",
) -> HTMLResponse:
    """A machine's story, as a night knew it, with its cases as they are known now."""
    if machine_facts(published, id) is None:
        raise Problem(404, f"There is no machine {id!r} on record.")
    as_of, frame = _night_asked(night, snapshot, published), frame_of(request, house, "machine")
    links = {
        "Tonight’s fleet": frame.page("fleet"),
        "Its cases": frame.page("cases", machine=id),
        "Nights": frame.page("nights"),
    }
    with published.con.cursor() as cursor:
        [story] = machine_stories(cursor, [id], as_of, snapshot.settings, links)
    told = [case_line(case, snapshot.settings.fleet, frame)
            for case in cases(published, None, id, False, CASES_A_PAGE, 0)]  # fmt: skip
    return HTMLResponse(render_machine_page(replace(story, cases=tuple(told))))


@pages.get("/cases")
def list_cases(
    request: Request,
    house: TheHouse,
    snapshot: TheSnapshot,
    published: ThePublished,
    machine: MachineName = "",
    only_open: Annotated[str, Query(alias="open", max_length=10)] = "",
    taken: Flag = "",
    page: PageNumber = 1,
) -> HTMLResponse:
    """Cases, those that are open first."""
    frame = frame_of(request, house, "cases")
    which = machine.strip()
    waiting = waiting_words(published, house.settings.paths.drops, which or None)
    view = cases_view(
        published, snapshot.settings.fleet, frame, which, bool(only_open), page, taken=bool(taken), waiting=waiting
    )
    return shown(request, house, "cases", "served_cases.html.j2", cases=view)


@pages.get("/nights")
def list_nights(
    request: Request, house: TheHouse, snapshot: TheSnapshot, published: ThePublished, page: PageNumber = 1
) -> HTMLResponse:
    """What became of each night."""
    frame, first = frame_of(request, house, "nights"), (page - 1) * NIGHTS_A_PAGE
    found, total = nights(published, NIGHTS_A_PAGE, first), count_nights(published)
    well = wellness(snapshot, house.now(), house.front.trouble).status
    view = NightsView(
        rows=[night_line(one, house.settings, frame) for one in found],
        total=total,
        unwell="" if well == OK else (well[0].upper() + well[1:]).rstrip("."),
        before=frame.page("nights", page=page - 1) if page > 1 else "",
        after=frame.page("nights", page=page + 1) if first + len(found) < total else "",
    )
    return shown(request, house, "nights", "served_nights.html.j2", nights=view)


@pages.get("/nights/{day}")
def tell_night(
    request: Request, house: TheHouse, snapshot: TheSnapshot, published: ThePublished, day: str
) -> HTMLResponse:
    """One night, and which of its columns drifted."""
    as_of = _night_asked(day, snapshot, published)
    found = nights(published, 1, 0, as_of)
    if not found:
        raise Problem(404, f"Nothing is noted of the night of {as_of:%Y-%m-%d}.")
    line = night_line(found[0], house.settings, frame_of(request, house, "nights"))
    view = NightView(line, drift_columns(published, as_of))
    return shown(
        request, house, "nights", "served_night.html.j2", night=view, number=number, rate=rate, counted=counted
    )


@pages.get("/programs")
def programs(request: Request, house: TheHouse) -> HTMLResponse:
    """What programs may ask."""
    app: FastAPI = request.app
    view = programs_view(app.openapi(), str(request.base_url).rstrip("/"))
    return shown(request, house, "programs", "served_programs.html.j2", programs=view)


home = APIRouter(include_in_schema=False)


@home.get("/")
@home.get("/pages")
def first_page(request: Request) -> Response:
    """Where people begin."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/pages/fleet", 307)


def _night_asked(text: str, snapshot: Snapshot, published: Published) -> datetime:
    """The night of a date, by default the last one. Raises Problem where none of that date is on record."""
    if not text:
        if snapshot.last_night is None:
            raise Problem(503, NOTHING_PUBLISHED)
        return snapshot.last_night
    try:
        as_of = as_of_night(date.fromisoformat(text), snapshot.settings.fleet.scoring_hour)
    except ValueError:
        raise Problem(422, f"{text[:50]!r} is no date such as 2025-12-31.") from None
    if not is_on_record(published, as_of):
        raise Problem(404, f"No night of {as_of.date()} is on record.")
    return as_of
