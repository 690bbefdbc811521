"""JSON that tells what nights have said: predictions, machines, cases, nights, the model, and whether all is well."""

from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse

from delivery.metrics.exposition import CONTENT_TYPE
from delivery.metrics.textfile import served_metrics
from ml.mart.nights import as_of_night
from serving.deps import TheHouse, ThePublished, TheSnapshot, reader
from serving.problems import Problem, ProblemDetails
from serving.reads.cases import cases, count_cases, events, machine_facts
from serving.reads.nights import OK, count_nights, gate_of, nights, wellness
from serving.reads.predictions import Chosen, count_predictions, predictions
from serving.schemas.asked import WaitingWord
from serving.schemas.base import LONGEST_ID, Listing, Moment
from serving.schemas.records import Case, ChampionCard, Health, MachineStory, Night, Prediction
from serving.waiting import waiting_words
from serving.what_if import NOTHING_TO_ASK

MOST_ITEMS = 1000
Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="How many at most.")]
Offset = Annotated[int, Query(ge=0, le=10**9, description="How many to leave out first.")]
MachineId = Annotated[str | None, Query(max_length=LONGEST_ID, description="The id as it stands in the files.")]
PROBLEM_RESPONSES: dict[int | str, dict[str, object]] = {
    "default": {"model": ProblemDetails, "description": "What is wrong, in a sentence (RFC 9457)."}
}
api = APIRouter(dependencies=[Depends(reader)], responses=PROBLEM_RESPONSES, tags=["what nights have said"])
open_api = APIRouter(responses=PROBLEM_RESPONSES, tags=["whether all is well"])


@api.get("/predictions")
def list_predictions(
    request: Request,
    snapshot: TheSnapshot,
    published: ThePublished,
    night: Annotated[date | None, Query(description="The date of a night; by default the last one.")] = None,
    machine: MachineId = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Listing[Prediction]:
    """What a night said of the fleet, by falling risk; of a machine alone all of its nights, the latest first."""
    fleet = snapshot.settings.fleet
    as_of = as_of_night(night, fleet.scoring_hour) if night else None if machine else snapshot.last_night
    if as_of is None and machine is None:
        return Listing[Prediction](items=[], total=0)
    chosen = Chosen(night=as_of, machine=machine)
    found = predictions(published, chosen, fleet, limit, offset, latest_first=as_of is None)
    total = count_predictions(published, chosen)
    return Listing[Prediction](items=found, total=total, next=_following(request, len(found), total, limit, offset))


@api.get("/machines/{machine:path}")
def tell_machine(
    machine: str,
    snapshot: TheSnapshot,
    published: ThePublished,
    weeks: Annotated[int | None, Query(ge=1, le=53, description="How far back; by default as on pages.")] = None,
) -> MachineStory:
    """A machine's last weeks: nights, cases and events. Its id may hold slashes, and is quoted as addresses ask."""
    facts = machine_facts(published, machine)
    if facts is None:
        raise Problem(404, f"There is no machine {machine!r} on record.")
    until = snapshot.last_night or datetime.min
    since = until - timedelta(weeks=weeks or snapshot.settings.workspace.pages.weeks) if snapshot.last_night else until
    told = predictions(
        published, Chosen(machine=machine, since=since), snapshot.settings.fleet, MOST_ITEMS, 0, latest_first=True
    )
    return MachineStory.model_validate(
        {
            "machine_id": machine,
            **facts,
            "nights": told,
            "cases": cases(published, None, machine, False, MOST_ITEMS, 0),
            "events": events(published, machine, since, until),
        }
    )


@api.get("/cases")
def list_cases(
    request: Request,
    published: ThePublished,
    since: Annotated[
        Moment | None, Query(description="Only cases that are open, or of which something is as late (UTC).")
    ] = None,
    machine: MachineId = None,
    open_only: Annotated[bool, Query(alias="open")] = False,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Listing[Case]:
    """Cases, those that are open first, then by falling last alert."""
    found = cases(published, since, machine, open_only, limit, offset)
    total = count_cases(published, since, machine, open_only)
    return Listing[Case](items=found, total=total, next=_following(request, len(found), total, limit, offset))


@api.get("/feedback")
def list_feedback(
    request: Request,
    house: TheHouse,
    published: ThePublished,
    machine: MachineId = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Listing[WaitingWord]:
    """What the crew has told here and no published night has taken in yet, the latest first."""
    found = waiting_words(published, house.settings.paths.drops, machine)
    part, total = found[offset : offset + limit], len(found)
    return Listing[WaitingWord](items=part, total=total, next=_following(request, len(part), total, limit, offset))


@api.get("/nights")
def list_nights(request: Request, published: ThePublished, limit: Limit = 100, offset: Offset = 0) -> Listing[Night]:
    """What became of each night, and whether its data had drifted; the latest first."""
    found, total = nights(published, limit, offset), count_nights(published)
    return Listing[Night](items=found, total=total, next=_following(request, len(found), total, limit, offset))


@api.get("/model")
def tell_model(snapshot: TheSnapshot) -> ChampionCard:
    """The model that scores now, and what the gate said of it."""
    if snapshot.champion is None:
        raise Problem(503, NOTHING_TO_ASK)
    card, version = snapshot.champion.model.card, snapshot.champion.version
    return ChampionCard(
        name=version.name,
        version=version.version,
        run_id=snapshot.champion.run_id,
        features=list(card.features),
        words=list(card.categorical),
        threshold=card.threshold,
        horizon_hours=card.horizon_hours,
        further_horizons=sorted(card.further),
        trained_from=card.trained_from,
        trained_until=card.trained_until,
        feature_set=card.feature_set,
        fingerprint=card.fingerprint,
        gate=gate_of(snapshot.published, version.version),
    )


@open_api.get("/health", responses={503: {"model": Health, "description": "What is not well."}})
def tell_health(house: TheHouse, snapshot: TheSnapshot, response: Response) -> Health:
    """Whether the last night was scored, on data up to when: 503 with the reason where it was not, or is too old.

    It asks for no token, so that a watchdog need have none; it says nothing of machines.
    """
    found = wellness(snapshot, house.now(), house.front.trouble)
    response.status_code = 200 if found.status == OK else 503
    return Health(
        status=found.status,
        night=found.night,
        data_until=found.data_until,
        published=snapshot.published.snapshot.name if snapshot.published else None,
        champion=snapshot.champion.version.version if snapshot.champion else None,
    )


@api.get("/metrics", response_class=PlainTextResponse)
def tell_metrics(house: TheHouse) -> PlainTextResponse:
    """The metrics of the last complete night in Prometheus' format, as in its textfile; empty before the first."""
    return PlainTextResponse(served_metrics(house.settings), media_type=CONTENT_TYPE)


def _following(request: Request, shown: int, total: int, limit: int, offset: int) -> str | None:
    """The address at which a list goes on; None at its end."""
    if not shown or offset + shown >= total:
        return None
    asked = {**request.query_params, "limit": limit, "offset": offset + limit}
    return f"{request.scope['path']}?{urlencode(asked)}"
