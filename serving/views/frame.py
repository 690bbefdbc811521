"""What every page shows around its content: where it is, who has signed in, and addresses behind a proxy."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from delivery.pages.templating import render
from ml.wording import short_name
from serving.deps import House
from serving.guard.access import FORM, NO_WRITING, SESSION, new_secret
from serving.problems import PAGES, Problem

SIGN_IN_FIRST = "Sign in to tell what you found."


@dataclass(frozen=True)
class PageFrame:
    """`prefix` stands before every address; `mark` is what this browser's forms say; `here` is the page's name."""

    prefix: str
    here: str
    signed_in: bool
    asks_for_token: bool
    takes_words: bool
    why_no_words: str
    mark: str

    def page(self, path: str, **asked: object) -> str:
        """The address of a page, with what is asked of it but for what is empty."""
        given = urlencode({name: value for name, value in asked.items() if value not in (None, "", False, 0)})
        return f"{self.prefix}{PAGES}/{path}" + (f"?{given}" if given else "")


def shown(
    request: Request, house: House, here: str, template: str, status: int = 200, **values: object
) -> HTMLResponse:
    """The page of a template, made with `view` and `values`; a browser without a cookie for its forms gets one."""
    secret = request.cookies.get(FORM) or new_secret()
    frame = frame_of(request, house, here, secret)
    response = HTMLResponse(render(template, view=frame, short=short_name, **values), status)
    if (house.access.writing or house.access.reading) and FORM not in request.cookies:
        keep_cookie(request, response, FORM, secret, None)
    return response


def frame_of(request: Request, house: House, here: str, secret: str = "") -> PageFrame:
    """The frame of a page."""
    access, session = house.access, request.cookies.get(SESSION, "")
    may_write = access.may_write("", session)
    return PageFrame(
        prefix=str(request.scope.get("root_path", "")),
        here=here,
        signed_in=may_write or bool(access.reading and access.may_read("", session)),
        asks_for_token=bool(access.writing or access.reading),
        takes_words=may_write,
        why_no_words=SIGN_IN_FIRST if access.writing else NO_WRITING,
        mark=access.form_mark(secret) if secret and (access.writing or access.reading) else "",
    )


def keep_cookie(
    request: Request, response: HTMLResponse | RedirectResponse, name: str, value: str, seconds: int | None
) -> None:
    """Let the browser keep a cookie that no script reads and no other site sends."""
    response.set_cookie(
        name, value, max_age=seconds, path=f"{request.scope.get('root_path', '')}/", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip


def require_own_form(request: Request, house: House, form: Mapping[str, str]) -> None:
    """Raise Problem for a form that we did not make for this browser."""
    if not house.access.is_own_form(request.cookies.get(FORM, ""), form.get("mark", "")):
        raise Problem(403, "This form is too old, or not of this page: go back, reload it, and send it again.")
