"""The shift lead's morning page: one self-contained HTML file of one night's predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd

from delivery.pages.machine.chosen import NO_PAGES, MachinePages
from delivery.pages.machine.contents import MachineEvent
from delivery.pages.morning.card import Card, cards_of, with_case
from delivery.pages.morning.contents import Changes, OpenCase, Week
from delivery.pages.morning.pictures import PICTURE_DAYS, pictures_of
from delivery.pages.stakes import why_a_visit
from delivery.pages.templating import render
from ml.scoring.contract import DOWN, ELEVATED, SILENT
from ml.scoring.from_normal import VERSION
from ml.wording import (
    counted,
    days_in_words,
    deadline,
    distance_headline,
    headline,
    hours_in_words,
    listed,
    percent,
    short_name,
    since_in_words,
)
from settings import Economics, Fleet


@dataclass(frozen=True)
class MorningPage:
    """What the page is made of.

    `predictions`: the night's rows of the `predictions` contract, one a machine, with `machine_model` and
    `machine_age` where known. `sensors`: machine_id, event_at and one column a sensor, the last PICTURE_DAYS days of
    the machines shown; `events`, by machine, what happened to those in these days. `warnings` stand at the top, and
    `quality`, what is odd about the data. `links`: label to relative address. `silent_since`: a silent machine's last
    reading. `not_scored` says why the night was not scored, None where it was; such a page shows no machine's risk,
    whatever `predictions` holds. `machine_pages`: the machines whose name is a link. `thresholds`: the probabilities
    from which the night's models alert. `remaining_coverage`: how sure windows of remaining time are.
    """

    as_of: datetime
    horizon_hours: int
    predictions: pd.DataFrame
    sensors: pd.DataFrame
    fleet: Fleet
    top_n: int
    costs: Economics
    events: Mapping[str, Sequence[MachineEvent]] = field(default_factory=dict)
    thresholds: tuple[float, ...] = ()
    warnings: tuple[str, ...] | list[str] = ()
    quality: tuple[str, ...] | list[str] = ()
    drift_summary: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[OpenCase, ...] = ()
    changes: Changes | None = None
    week: Week | None = None
    silent_since: Mapping[str, datetime] = field(default_factory=dict)
    not_scored: str | None = None
    machine_pages: MachinePages = NO_PAGES
    remaining_coverage: float = 0.8


def render_morning_page(page: MorningPage) -> str:
    """The page as HTML text. It loads nothing, runs no script, and every value in it is escaped."""
    if page.not_scored is not None:
        page = replace(page, predictions=page.predictions.head(0), changes=None)
    cards = cards_of(page.predictions, page.fleet, page.remaining_coverage, page.costs)
    silent, down = ([card for card in cards if card.level == level] for level in (SILENT, DOWN))
    scored = [card for card in cards if card.level not in (SILENT, DOWN)]
    alerts = [card for card in scored if card.alert]
    # Every alert is a visit, so none is cut off by the list's length.
    top = _told(scored[: max(page.top_n, len(alerts))], page)
    by_distance = _by_distance(page.predictions)
    named = [card.machine for card in scored if card.level == ELEVATED] if by_distance else [c.machine for c in alerts]
    names, more = listed(named)
    if by_distance:
        first = distance_headline(len(named), len(cards), len(silent))
    else:
        first = headline(len(alerts), len(cards), len(silent), page.as_of, page.horizon_hours, len(down))
    return render(
        "morning_page.html.j2",
        page=page, by_distance=by_distance, headline=first,
        names=names, more=more, visits=top[: len(alerts)], watch=top[len(alerts):], silent=silent, down=down,
        fleet=cards,
        by=deadline(page.as_of, page.horizon_hours), horizon=hours_in_words(page.horizon_hours),
        why=why_a_visit(page.costs, page.thresholds), models=_models(page.predictions), days=PICTURE_DAYS,
        short=short_name, percent=percent, counted=counted, days_in_words=days_in_words, since=since_in_words,
        timed=any(card.when for card in cards),
        links={label: href for label, href in page.links.items() if _is_relative(href)},
    )  # fmt: skip


def _by_distance(predictions: pd.DataFrame) -> bool:
    """Whether the night was told without a model."""
    return "distance_from_normal" in predictions and bool(predictions["distance_from_normal"].notna().any())


def _told(cards: list[Card], page: MorningPage) -> list[Card]:
    """The cards that are shown in full, with their case and their sensors' pictures."""
    cases = {(case.machine, case.component): case for case in page.cases}
    new = {(move.machine, move.component) for move in page.changes.new_alerts} if page.changes else set()
    pictured = _by_machine(page.sensors)
    return [
        replace(
            with_case(card, cases, new),
            pictures=pictures_of(
                [words for _, words in card.reasons], pictured.get(card.machine), page.events.get(card.machine, ()),
                page.as_of, page.fleet,
            ),
        )
        for card in cards
    ]  # fmt: skip


def _by_machine(sensors: pd.DataFrame) -> dict[str, pd.DataFrame]:
    if sensors.empty:
        return {}
    return {str(machine): rows for machine, rows in sensors.groupby(sensors["machine_id"].astype(str))}


def _models(predictions: pd.DataFrame) -> list[str]:
    if predictions.empty or not {"model_name", "model_version"} <= set(predictions):
        return []
    pairs = predictions[["model_name", "model_version"]].dropna().drop_duplicates()
    none = (VERSION.name, VERSION.version)
    return [f"{name}, version {version}" for name, version in pairs.itertuples(index=False, name=None)
            if (name, version) != none]  # fmt: skip


def _is_relative(href: str) -> bool:
    return not href.startswith(("/", "\\")) and ":" not in href.split("/", maxsplit=1)[0]
