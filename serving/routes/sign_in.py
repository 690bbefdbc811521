"""Signing in, and telling what was found: the forms of people."""

from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from serving.deps import TheHouse, ThePublished, reader, within_writes
from serving.feedback import take_feedback
from serving.guard.access import NO_WRITING, SESSION, SESSION_SECONDS, new_secret
from serving.problems import PAGES, Problem
from serving.schemas.asked import FeedbackWord
from serving.schemas.base import LONGEST_ID
from serving.views.cases import WordForm
from serving.views.frame import SIGN_IN_FIRST, frame_of, keep_cookie, require_own_form, shown

sign_in = APIRouter(prefix="/pages", include_in_schema=False)
FORM_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 20
AfterSignIn = Annotated[str, Query(alias="to", max_length=1000)]


@sign_in.get("/sign-in")
async def ask_for_token(request: Request, house: TheHouse, to: AfterSignIn = "") -> Response:
    """The form for the token."""
    return shown(request, house, "sign-in", "served_sign_in.html.j2", to=to, problem="")


@sign_in.post("/sign-in")
async def take_token(request: Request, house: TheHouse) -> Response:
    """Begin a session for whoever knows a token."""
    within_writes(request, house)
    form = await _form(request)
    require_own_form(request, house, form)
    session = house.access.signed_in(form.get("token", ""))
    if session is None:
        told = "That is not the token."
        return shown(request, house, "sign-in", "served_sign_in.html.j2", 401, to=form.get("to", ""), problem=told)
    response = RedirectResponse(_inside(request, form.get("to", "")), 303)
    keep_cookie(request, response, SESSION, session, SESSION_SECONDS)
    return response


@sign_in.post("/sign-out")
async def end_session(request: Request, house: TheHouse) -> Response:
    """End a session in this browser."""
    require_own_form(request, house, await _form(request))
    response = RedirectResponse(_inside(request, ""), 303)
    response.delete_cookie(SESSION, path=f"{request.scope.get('root_path', '')}/")
    return response


@sign_in.get("/cases/word")
async def ask_for_word(
    request: Request,
    house: TheHouse,
    published: ThePublished,
    machine: Annotated[str, Query(max_length=LONGEST_ID)],
    component: Annotated[str, Query(max_length=200)],
) -> Response:
    """The form for what was found on a component."""
    await reader(request, house)
    if not house.access.writing:
        raise Problem(403, NO_WRITING)
    frame = frame_of(request, house, "cases")
    if not frame.takes_words:
        here = request.url.path.removeprefix(frame.prefix) + f"?{request.url.query}"
        return RedirectResponse(frame.page("sign-in", to=here), 303)
    word = WordForm(
        machine=machine, component=component, component_label=house.settings.fleet.component_label(component),
        key=new_secret(), at=f"{house.now():%Y-%m-%dT%H:%M:%S}",
    )  # fmt: skip
    return shown(request, house, "cases", "served_word.html.j2", word=word)


@sign_in.post("/cases/word")
async def take_word(request: Request, house: TheHouse, published: ThePublished) -> Response:
    """Take what was found, from a form of ours and of somebody who has signed in."""
    within_writes(request, house)
    form = await _form(request)
    require_own_form(request, house, form)
    frame = frame_of(request, house, "cases")
    if not frame.takes_words:
        raise Problem(403, NO_WRITING if not house.access.writing else SIGN_IN_FIRST)
    try:
        word = _word(form)
        await to_thread.run_sync(take_feedback, word, form.get("key", ""), house.settings, published, house.now())
    except Problem as problem:
        again = _again(form, house.settings.fleet.component_label(form.get("component", "")), str(problem.detail))
        return shown(request, house, "cases", "served_word.html.j2", problem.status_code, word=again)
    return RedirectResponse(frame.page("cases", machine=word.machine, taken="true"), 303)


def _word(form: dict[str, str]) -> FeedbackWord:
    try:
        at = datetime.fromisoformat(form.get("at", ""))
    except ValueError:
        raise Problem(422, "Say when it was found, such as 2025-12-31 07:30.") from None
    given = {name: form.get(name, "") for name in ("machine", "component", "verdict", "note")}
    try:
        return FeedbackWord.model_validate({**given, "at": at})
    except ValidationError as error:
        raise Problem(422, f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}.") from None


def _again(form: dict[str, str], label: str, problem: str) -> WordForm:
    kept = {name: form.get(name, "") for name in ("machine", "component", "at", "verdict", "note")}
    return WordForm(**kept, component_label=label, key=form.get("key", "") or new_secret(), problem=problem)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises Problem for a body of another kind."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise Problem(415, "Send it with the page's own form.")
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Problem(422, "That is not the page's own form.") from None


def _inside(request: Request, to: str) -> str:
    """Where to go on: a page of ours, by default the cases."""
    prefix = str(request.scope.get("root_path", ""))
    inside = to.startswith(f"{PAGES}/") and "\\" not in to and "//" not in to and to.isprintable()
    return prefix + (to if inside else f"{PAGES}/cases")
