"""The pages that nights and trainings have written, as they are: mornings, machines, drift, and the evaluation."""

import re
from pathlib import Path

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from delivery.pages.evidently import SCRIPT_TAG, loaded_by
from delivery.pages.files import EVALUATION, MACHINE_FOLDER
from serving.deps import TheHouse, reader
from serving.problems import Problem

reports = APIRouter(prefix="/pages", dependencies=[Depends(reader)], include_in_schema=False)
DATE_PART = r"\d{4}-\d{2}-\d{2}"
WRITTEN = re.compile(
    rf"(index|evaluation)\.html|(morning|drift)_{DATE_PART}\.html"
    rf"|{MACHINE_FOLDER}/{DATE_PART}/[a-z0-9-]+\.html"
)
# What Evidently has drawn runs scripts of its own. In a sandbox they see nothing of this site, and load nothing.
SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@reports.get("/evaluation")
def evaluation(request: Request, house: TheHouse) -> Response:
    """The evaluation report, where there is one."""
    if not (house.settings.paths.report_dir / EVALUATION).is_file():
        raise Problem(404, "There is no evaluation yet: `make evaluate` writes one, as the first training does.")
    return RedirectResponse(f"{request.scope.get('root_path', '')}/pages/reports/{EVALUATION}", 307)


@reports.get("/reports/{name:path}")
def report(name: str, house: TheHouse) -> Response:
    """A page by its name; no other file of the folder, and nothing outside of it."""
    folder = house.settings.paths.report_dir
    if not WRITTEN.fullmatch(name) or not _lies_in(folder, folder / name):
        raise Problem(
            404, f"There is no page {name[:100]!r} any more: `housekeeping.keep_reports` says how many are kept."
        )
    if name.startswith("drift_"):
        return HTMLResponse(_with_script(folder / name), headers={"content-security-policy": SANDBOX})
    return FileResponse(folder / name, media_type="text/html; charset=utf-8")


def _with_script(page: Path) -> str:
    """A page with the script that stands beside it inside: in its sandbox it loads nothing, not even from here."""
    html, name = page.read_text(encoding="utf-8"), loaded_by(page)
    if not name or not _lies_in(page.parent, page.parent / name):
        return html
    script = (page.parent / name).read_text(encoding="utf-8")
    return SCRIPT_TAG.sub(lambda _: f"<script>{script}</script>", html, count=1)


def _lies_in(folder: Path, file: Path) -> bool:
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())
