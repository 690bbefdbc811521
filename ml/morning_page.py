"""The shift lead's morning page: one self-contained HTML file of one night's predictions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd
from markupsafe import Markup

from ml.morning_words import deadline, headline, hours_in_words, listed, percent, short_name
from ml.sparkline import sparkline
from ml.templating import render
from settings import Fleet

PICTURE_DAYS = 7
PICTURES = 3
LEVELS = ("high", "elevated", "normal", "silent")


@dataclass(frozen=True)
class MorningPage:
    """What the page is made of.

    `predictions`: the night's rows of the `predictions` contract, one a machine, with `machine_model` and
    `machine_age` where known. `sensors`: machine_id, event_at and one column a sensor, the last PICTURE_DAYS days of
    the machines shown. `warnings` stand at the top. `links`: label to relative address.
    """

    as_of: datetime
    horizon_hours: int
    predictions: pd.DataFrame
    sensors: pd.DataFrame
    fleet: Fleet
    top_n: int
    warnings: tuple[str, ...] | list[str] = ()
    drift_summary: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """One machine as the page shows it; empty text where something is not known."""

    machine: str
    level: str
    alert: bool
    risk: str
    bar: float
    component: str
    component_risk: str
    action: str
    about: str
    reasons: tuple[tuple[str, str], ...]
    pictures: tuple[Markup, ...] = ()


def render_morning_page(page: MorningPage) -> str:
    """The page as HTML text. It loads nothing, runs no script, and every value in it is escaped."""
    rows = _ranked(page.predictions)
    cards = [_card(row, page.fleet) for row in rows]
    alerts = [card for card in cards if card.alert and card.level != "silent"]
    silent = [card for card in cards if card.level == "silent"]
    heard = [card for card in cards if card.level != "silent"]
    # Every alert is a visit, so none is cut off by the list's length.
    shown = heard[: max(page.top_n, len(alerts))]
    pictured = _by_machine(page.sensors)
    top = [_with_pictures(card, pictured.get(card.machine), page) for card in shown]
    names, more = listed([card.machine for card in alerts])
    return render(
        "morning_page.html.j2",
        page=page,
        headline=headline(len(alerts), len(cards), len(silent), page.as_of, page.horizon_hours),
        names=names, more=more, visits=top[: len(alerts)], watch=top[len(alerts):], silent=silent, fleet=cards,
        by=deadline(page.as_of, page.horizon_hours), horizon=hours_in_words(page.horizon_hours),
        models=_models(page.predictions), short=short_name, days=PICTURE_DAYS,
        links={label: href for label, href in page.links.items() if _is_relative(href)},
    )  # fmt: skip


def _ranked(predictions: pd.DataFrame) -> list[dict[str, object]]:
    """Alerts first, then by falling probability; the unknown last, by name."""
    rows = [
        {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for row in predictions.to_dict("records")
    ]
    return sorted(rows, key=_rank)


def _rank(row: Mapping[str, object]) -> tuple[bool, float, str]:
    probability = _number(row.get("failure_probability"))
    return not row.get("alert"), 1.0 if probability is None else -probability, _text(row.get("machine_id"))


def _card(row: Mapping[str, object], fleet: Fleet) -> Card:
    probability = _number(row.get("failure_probability"))
    level = _text(row.get("risk_level"))
    component = _text(row.get("predicted_component"))
    share = _number(row.get(f"{component}_probability")) if component in fleet.components else None
    age = _number(row.get("machine_age"))
    about = [_text(row.get("machine_model")), "" if age is None else f"{age:.0f} years old"]
    return Card(
        machine=_text(row.get("machine_id")) or "(no id)",
        level=level if level in LEVELS else "silent" if probability is None else "normal",
        alert=bool(row.get("alert")),
        risk=percent(probability),
        bar=100 * min(max(probability or 0.0, 0.0), 1.0),
        component=component,
        component_risk="" if share is None else percent(share),
        action=_text(row.get("recommended_action")),
        about=", ".join(part for part in about if part),
        reasons=tuple(_reason(part) for part in _text(row.get("reasons")).split("; ") if part.strip()),
    )


def _reason(text: str) -> tuple[str, str]:
    """Its direction ('raises', 'lowers' or '') and its words; the scorer writes the direction as a leading sign."""
    direction = {"+ ": "raises", "- ": "lowers"}.get(text[:2], "")
    return direction, text[2:] if direction else text


def _with_pictures(card: Card, readings: pd.DataFrame | None, page: MorningPage) -> Card:
    if readings is None:
        return card
    words = " ; ".join(text for _, text in card.reasons)
    order = sorted(page.fleet.sensors, key=lambda name: words.find(name) if name in words else len(words))
    drawn = [
        sparkline(
            list(readings["event_at"]), list(readings[name]), name=name, unit=page.fleet.sensors[name].unit,
            as_of=page.as_of, days=PICTURE_DAYS, step_hours=page.fleet.telemetry_step_hours,
        )
        for name in order if name in readings
    ]  # fmt: skip
    pictures = tuple(picture for picture in drawn if picture is not None)[:PICTURES]
    return Card(**{**card.__dict__, "pictures": pictures})


def _by_machine(sensors: pd.DataFrame) -> dict[str, pd.DataFrame]:
    if sensors.empty:
        return {}
    return {str(machine): rows for machine, rows in sensors.groupby(sensors["machine_id"].astype(str))}


def _models(predictions: pd.DataFrame) -> list[str]:
    if predictions.empty or not {"model_name", "model_version"} <= set(predictions):
        return []
    pairs = predictions[["model_name", "model_version"]].dropna().drop_duplicates()
    return [f"{name}, version {version}" for name, version in pairs.itertuples(index=False)]


def _is_relative(href: str) -> bool:
    return not href.startswith(("/", "\\")) and ":" not in href.split("/", maxsplit=1)[0]


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
