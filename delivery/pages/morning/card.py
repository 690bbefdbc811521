"""One machine as the morning page shows it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from delivery.pages.morning.contents import OpenCase
from delivery.pages.morning.pictures import Pictures
from delivery.pages.stakes import cost_of_waiting, standing
from ml.explain.reason_record import reasons_from_json
from ml.models.windows import HIGH_END, LOW_END
from ml.scoring.contract import NORMAL, RISK_LEVELS, SILENT
from ml.wording import age_in_words, percent, sds, window_in_words
from settings import Economics, Fleet
from warehouse.tables import records


@dataclass(frozen=True)
class Card:
    """Empty text where something is not known.

    `reasons`: each with its direction, 'raises', 'lowers' or '' where it is not known. `case`: the case behind its
    alert; `new`: since the night before. `when`: the remaining time in words. `standing`: the level as people read it;
    `share`: the probability in percent, `at_stake`: what waiting costs, of an alert.
    """

    machine: str
    level: str
    alert: bool
    risk: str
    component: str
    component_risk: str
    action: str
    about: str
    reasons: tuple[tuple[str, str], ...]
    case: OpenCase | None = None
    new: bool = False
    pictures: Pictures | None = None
    when: str = ""
    standing: str = ""
    share: float | None = None
    at_stake: str = ""


def cards_of(predictions: pd.DataFrame, fleet: Fleet, coverage: float, costs: Economics) -> list[Card]:
    """A night's machines: alerts first, then by falling probability or distance; the unknown last, by name.

    That is by what is lost if nobody goes (`delivery.pages.stakes`), and the order of `fleet_risk_today`. `coverage`:
    how sure the night's windows of remaining time are. Where it has none at all, its model knows of none.
    """
    timed = LOW_END in predictions and bool(predictions[LOW_END].notna().any())
    rows = sorted(records(predictions), key=_rank)
    return [replace(_card(row, fleet, costs), when=_when(row, fleet, coverage) if timed else "") for row in rows]


def with_case(card: Card, cases: Mapping[tuple[str, str], OpenCase], new: set[tuple[str, str]]) -> Card:
    """The card with what is known of the case behind it."""
    key = (card.machine, card.component)
    return replace(card, case=cases.get(key), new=key in new)


def _rank(row: Mapping[str, object]) -> tuple[bool, float, float, str]:
    probability, distance = _number(row.get("failure_probability")), _number(row.get("distance_from_normal"))
    return (
        not row.get("alert"),
        1.0 if probability is None else -probability,
        1.0 if distance is None else -distance,
        _text(row.get("machine_id")),
    )


def _card(row: Mapping[str, object], fleet: Fleet, costs: Economics) -> Card:
    probability, distance = _number(row.get("failure_probability")), _number(row.get("distance_from_normal"))
    told = _text(row.get("risk_level"))
    level = told if told in RISK_LEVELS else SILENT if probability is None else NORMAL
    component = _text(row.get("predicted_component"))
    share = _number(row.get(f"{component}_probability")) if component in fleet.components else None
    age = _number(row.get("machine_age"))
    about = [_text(row.get("machine_model")), "" if age is None else age_in_words(age)]
    return Card(
        machine=_text(row.get("machine_id")) or "(no id)",
        level=level,
        alert=bool(row.get("alert")),
        risk=percent(probability) if distance is None else sds(distance),
        component=component,
        component_risk="" if share is None else percent(share),
        action=_text(row.get("recommended_action")),
        about=", ".join(part for part in about if part),
        reasons=_reasons(_text(row.get("reason_records")), _text(row.get("reasons"))),
        standing=standing(level, probability, costs),
        share=None if probability is None else round(100 * probability, 1),
        at_stake=cost_of_waiting(probability, costs) if row.get("alert") else "",
    )


def _when(row: Mapping[str, object], fleet: Fleet, coverage: float) -> str:
    """In words; nothing of a machine that was not scored, nor of an alert that the window gainsays."""
    low, high, as_of = _number(row.get(LOW_END)), _number(row.get(HIGH_END)), row.get("as_of")
    gainsaid = bool(row.get("alert")) and (low is None or low >= fleet.horizon_hours)
    unsaid = _number(row.get("failure_probability")) is None or gainsaid
    if unsaid or not isinstance(as_of, datetime):
        return ""
    return window_in_words(as_of, low, high, fleet.remaining_cap, coverage)


def _reasons(records: str, text: str) -> tuple[tuple[str, str], ...]:
    """From the records; a night scored before there were any shows its text as it is."""
    if not records:
        return (("", text),) if text else ()
    return tuple(("raises" if reason.raises else "lowers", reason.words) for reason in reasons_from_json(records))


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
