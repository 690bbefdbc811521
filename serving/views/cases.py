"""Cases as people read them, and the form for what the crew found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from delivery.pages.machine.contents import PastCase
from ingestion.feeds import VERDICTS
from ml.wording import counted, percent
from serving.published import Published
from serving.reads.cases import cases, count_cases
from serving.schemas.asked import WaitingWord
from serving.schemas.records import Case
from serving.views.frame import PageFrame
from settings import Fleet

CASES_A_PAGE = 100
VERDICT_WORDS = {
    "acknowledged": "seen: we know of it and look after it",
    "false alarm": "a false alarm: nothing was wrong",
    "replaced": "replaced: the part has been changed",
}
CLOSED_BY = {"failure": "it failed", "replacement": "it was replaced as planned", "quiet": "nothing came of it"}


@dataclass(frozen=True)
class CaseLine(PastCase):
    """A case in words, with its machine and the address of that one's story."""

    machine: str = ""
    machine_href: str = ""


@dataclass(frozen=True)
class WaitingLine:
    """A word that waits for its night, in words, with the address of its machine's story."""

    machine: str
    machine_href: str
    component: str
    word: str
    at: str


@dataclass(frozen=True)
class CasesView:
    """A part of the cases, with the addresses of the parts before and after, and words that wait for their night.

    `waiting_more`: how many of those are not shown.
    """

    rows: Sequence[CaseLine]
    waiting: Sequence[WaitingLine]
    waiting_more: int
    total: int
    machine: str
    open_only: bool
    taken: bool
    before: str
    after: str

    @property
    def headline(self) -> str:
        """How many there are."""
        kind = "open case" if self.open_only else "case"
        told = counted(self.total, kind)
        return told[0].upper() + told[1:] + (f" of machine {self.machine}" if self.machine else "")


@dataclass(frozen=True)
class WordForm:
    """What the form holds; `problem` says why it was not taken."""

    machine: str
    component: str
    component_label: str
    key: str
    at: str
    verdict: str = ""
    note: str = ""
    problem: str = ""

    verdicts = tuple((verdict, VERDICT_WORDS[verdict]) for verdict in VERDICTS)


def cases_view(
    published: Published,
    fleet: Fleet,
    frame: PageFrame,
    machine: str,
    open_only: bool,
    page: int,
    *,
    taken: bool,
    waiting: Sequence[WaitingWord],
) -> CasesView:
    """The cases of a machine, or of all where it is empty."""
    which = machine or None
    first = (page - 1) * CASES_A_PAGE
    found = cases(published, None, which, open_only, CASES_A_PAGE, first)
    total = count_cases(published, None, which, open_only)
    asked = {"machine": machine, "open": "true" if open_only else ""}
    return CasesView(
        rows=[case_line(case, fleet, frame) for case in found],
        waiting=[_waiting_line(word, fleet, frame) for word in waiting[:CASES_A_PAGE]],
        waiting_more=max(len(waiting) - CASES_A_PAGE, 0),
        total=total,
        machine=machine,
        open_only=open_only,
        taken=taken,
        before=frame.page("cases", **asked, page=page - 1) if page > 1 else "",
        after=frame.page("cases", **asked, page=page + 1) if first + len(found) < total else "",
    )


def case_line(case: Case, fleet: Fleet, frame: PageFrame) -> CaseLine:
    """A case in words."""
    opened = f"{case.opened_at:%Y-%m-%d}"
    form = frame.page("cases/word", machine=case.machine_id, component=case.component)
    crew = ": ".join(part for part in (case.crew_verdict, case.crew_note) if part)
    outcome, detail = _outcome(case)
    return CaseLine(
        machine=case.machine_id,
        machine_href=frame.page("machine", id=case.machine_id),
        component=fleet.component_label(case.component),
        opened=opened,
        alerts=f"{counted(case.nights, 'night')}, up to {percent(case.highest_probability)}",
        outcome=outcome,
        detail=detail,
        crew=f"{crew} ({case.crew_at:%Y-%m-%d %H:%M})" if crew and case.crew_at else crew,
        word_href=form if frame.takes_words else "",
    )


def _waiting_line(word: WaitingWord, fleet: Fleet, frame: PageFrame) -> WaitingLine:
    return WaitingLine(
        machine=word.machine_id,
        machine_href=frame.page("machine", id=word.machine_id),
        component=fleet.component_label(word.component),
        word=": ".join(part for part in (word.verdict, word.note) if part),
        at=f"{word.at:%Y-%m-%d %H:%M}",
    )


def _outcome(case: Case) -> tuple[str, str]:
    """The verdict in a word or two, and what it was closed by."""
    if case.closed_at is None:
        return "open", ""
    detail = f"{CLOSED_BY.get(case.closed_by or '', '')} {_day(case.closed_at)}"
    if case.verdict == "true":
        ahead = f", {case.lead_hours:.0f} h after the first alert" if case.lead_hours is not None else ""
        return "right", detail + ahead
    return {"false": "false alarm", "censored": "nobody can tell"}.get(case.verdict, case.verdict), detail


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
