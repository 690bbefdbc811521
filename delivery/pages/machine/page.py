"""A machine's page: one self-contained HTML file of its last weeks, as one night knew them."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from delivery.pages.machine.axis import ACROSS, TimeAxis, axis_of
from delivery.pages.machine.contents import AnsweredNight, MachineEvent, MachinePage, further_risks, nights_of_answers
from delivery.pages.machine.events import HAPPENED, called, component_rows, error_rows, told_event
from delivery.pages.machine.nights import distance_row, remaining_row, risk_row, window_told
from delivery.pages.machine.row import Backdrop, PictureRow, backdrop_of
from delivery.pages.machine.sensors import sensor_row
from delivery.pages.machine.words import clock, short_day
from delivery.pages.morning.card import Card, cards_of
from delivery.pages.stakes import standing, why_a_visit
from delivery.pages.templating import render
from ml.wording import hours_in_words, percent, sds, short_name

SENSOR_ROWS = 24  # drawn on a page
MOST_EVENTS = 200  # told one by one below the picture
TICK_ROOM = 0.07  # of the width, that the label of this night takes


def render_machine_page(page: MachinePage) -> str:
    """The page as HTML text; whatever came from files is shown as text."""
    nights = nights_of_answers(page.answers)
    tonight = page.answers[page.answers["as_of"] == page.as_of]
    card = next(iter(cards_of(tonight, page.fleet, page.remaining_coverage, page.costs)), None)
    axis = axis_of(page.as_of, page.weeks, page.horizon_hours, _pointed_at(nights))
    sensors, unread, left_out = _sensor_rows(page, axis, card)
    events = sorted(page.events, key=lambda event: (event.at, event.kind, event.subject), reverse=True)
    return render(
        "machine_page.html.j2",
        page=page, card=card, name=short_name(page.machine), axis=axis, backdrop=_backdrop(nights, events, axis),
        answers=_answer_rows(nights, axis, page), components=component_rows(events, axis, page.fleet),
        errors=error_rows(events, axis, page.fleet), sensors=sensors, unread=unread, left_out=left_out,
        ticks=_tick_labels(axis), nights=nights[::-1], windows=any(night.remaining for night in nights),
        by_distance=not any(night.probability is not None for night in nights) and bool(nights),
        events=events[:MOST_EVENTS], more_events=max(0, len(events) - MOST_EVENTS), told_event=told_event,
        called=called, standing=standing, why=_why(tonight, page),
        further=", ".join(f"{percent(risk)} within {hours_in_words(hours)}" for hours, risk in further_risks(tonight)),
        horizon=hours_in_words(page.horizon_hours),
        hours=min(page.fleet.windows_hours), window=window_told, percent=percent, sds=sds, clock=clock,
        across=ACROSS,
        query=f"select * from predictions where machine_id = '{page.machine.replace(chr(39), 2 * chr(39))}' "
        "order by as_of desc",
    )  # fmt: skip


def _why(tonight: pd.DataFrame, page: MachinePage) -> str:
    """Why this night's alert is worth a visit."""
    asked = [page.thresholds[one] for one in {*tonight.get("model_version", ())} if one in page.thresholds]
    return why_a_visit(page.costs, asked)


def _pointed_at(nights: Sequence[AnsweredNight]) -> list[datetime]:
    """The moments at which the windows end."""
    known = ((night, night.remaining) for night in nights if night.remaining)
    return [night.moment(window.high or window.median or window.low) for night, window in known]


def _backdrop(nights: Sequence[AnsweredNight], events: Sequence[MachineEvent], axis: TimeAxis) -> Backdrop:
    moments = {kind: [event.at for event in events if event.kind == kind] for kind in HAPPENED}
    alerts = [night.as_of for night in nights if night.alert]
    return backdrop_of(axis, alerts, moments["failure"], moments["replacement"], moments["error"])


def _answer_rows(nights: Sequence[AnsweredNight], axis: TimeAxis, page: MachinePage) -> list[PictureRow]:
    made = (
        risk_row(nights, page.thresholds, axis, page.horizon_hours),
        distance_row(nights, axis),
        remaining_row(nights, axis, window_told),
    )
    return [row for row in made if row]


def _sensor_rows(page: MachinePage, axis: TimeAxis, card: Card | None) -> tuple[list[PictureRow], list[str], int]:
    """The sensors' rows, those first that the reasons speak of; the names of those never read; how many do not fit."""
    words = " ; ".join(text for _, text in card.reasons) if card else ""
    label = page.fleet.sensor_label
    place = {name: words.find(label(name)) for name in page.fleet.sensors}
    order = sorted(place, key=lambda name: place[name] if place[name] >= 0 else len(words))
    rows = {name: sensor_row(name, page.snapshots, axis, page.fleet) for name in order}
    read = [row for row in rows.values() if row]
    unread = [label(name) for name, row in rows.items() if row is None]
    return read[:SENSOR_ROWS], unread, max(0, len(read) - SENSOR_ROWS)


def _tick_labels(axis: TimeAxis) -> list[tuple[float, str]]:
    """The axis' midnights in percent of its width; none in the way of this night's label, or cut off at the edges."""
    shares = [(axis.share(tick), short_day(tick)) for tick in axis.ticks()]
    now = axis.share(axis.now)
    clear = [(share, text) for share, text in shares if abs(share - now) > TICK_ROOM and 0.03 < share < 0.97]
    return [(round(100 * share, 1), text) for share, text in clear]
