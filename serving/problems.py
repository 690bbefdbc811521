"""What goes wrong, as one sentence: problem details (RFC 9457) for programs, a page for people; never a stack trace."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from delivery.markup import one_line
from delivery.pages.templating import render
from serving.headers import HEADERS

log = logging.getLogger("nightshift.serving")
MEDIA_TYPE = "application/problem+json"
PAGES = "/pages"  # below it people read, elsewhere programs do
LONGEST_DETAIL = 600


class ProblemDetails(BaseModel):
    """Problem details as RFC 9457 has them; `detail` is one sentence, with the cure where there is one."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str = ""
    errors: list[dict[str, str]] = Field(default_factory=list, description="Each thing that is wrong, and where.")


class Problem(HTTPException):
    """An error whose detail is a sentence for whoever asked."""


def problem_of(status: int, detail: str, instance: str = "", errors: list[dict[str, str]] | None = None) -> Response:
    """Problem details as a response."""
    title = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    told = ProblemDetails(title=title, status=status, detail=_bounded(detail), instance=instance, errors=errors or [])
    return JSONResponse(told.model_dump(exclude_defaults=False), status, media_type=MEDIA_TYPE)


def answer_errors(app: FastAPI) -> None:
    """Let `app` answer every error so."""

    async def http_error(request: Request, error: HTTPException) -> Response:
        detail = error.detail
        if error.status_code == HTTPStatus.UNAUTHORIZED and _asks_for_page(request):
            query = urlencode({"to": f"{request.url.path.removeprefix(_prefix(request))}?{request.url.query}"})
            return RedirectResponse(f"{_prefix(request)}{PAGES}/sign-in?{query}", 303)
        if error.status_code == HTTPStatus.NOT_FOUND and not isinstance(error, Problem):
            detail = f"There is nothing at {request.url.path}: /openapi.json says what there is."
        elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            detail = f"{request.url.path} does not take {request.method}."
        elif error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            detail = "The request's body is larger than is taken here: send it in parts."
        return _answer(request, error.status_code, detail, headers=error.headers)

    async def invalid(request: Request, error: RequestValidationError) -> Response:
        found = [{"where": _place(item), "what": _bounded(_plain(item))} for item in error.errors()[:20]]
        first = found[0] if found else {"where": "the request", "what": "it cannot be read"}
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        return _answer(request, 422, f"{first['where']}: {first['what']}{more}.", errors=found)

    async def failed(request: Request, error: Exception) -> Response:
        number = uuid4().hex[:8]
        log.error("error %s at %s %s", number, request.method, request.url.path, exc_info=error)
        told = f"Something went wrong here; the server's log has it under {number}."
        return _answer(request, 500, told, headers=HEADERS)  # whoever adds them else stands inside of this

    app.add_exception_handler(HTTPException, http_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, invalid)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, failed)


def _asks_for_page(request: Request) -> bool:
    inside = request.scope["path"].removeprefix(_prefix(request))
    return inside in ("", "/", PAGES) or inside.startswith(f"{PAGES}/")


def _prefix(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


def _answer(
    request: Request,
    status: int,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    response: Response
    if _asks_for_page(request):
        text = render(
            "served_problem.html.j2", prefix=_prefix(request), title=HTTPStatus(status).phrase, detail=_bounded(detail)
        )
        response = HTMLResponse(text, status)
    else:
        response = problem_of(status, detail, request.scope["path"], errors)
    response.headers.update(headers or {})
    return response


def _place(item: Mapping[str, Any]) -> str:
    """'rows.0.volt_mean_24h' of the body, 'night' of the query."""
    inside = [str(part) for part in item["loc"]]
    return ".".join(inside[1:] if len(inside) > 1 and inside[0] in ("body", "query", "path") else inside)


def _plain(item: Mapping[str, Any]) -> str:
    if item["type"] == "json_invalid":
        return f"this is no JSON ({item.get('ctx', {}).get('error', '')})"
    if item["type"] in ("model_attributes_type", "dict_type"):
        return "send a JSON object, with the header Content-Type: application/json"
    return str(item["msg"]).removeprefix("Value error, ").rstrip(".")


def _bounded(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= LONGEST_DETAIL else line[:LONGEST_DETAIL] + "..."
