"""Fleets for the outcome tables: few components, many alerts and endings, nearly all on one grid: ties are common."""

import random
from datetime import datetime, timedelta
from typing import Any

from settings import Fleet
from tests.dbt.dbt_kit import Drops, Row, as_drops

START = datetime(2024, 1, 1, 6)
NIGHTS = 24
H = timedelta(hours=1)
COMPONENTS = ("comp1", "comp2")
VERDICTS = ("acknowledged", "False_Alarm", "REPLACED")


def outcome_fleet(seed: int, machines: int, fleet: Fleet) -> tuple[Drops, list[Row]]:
    """The drops, and rows of `ml.prediction_log` for them."""
    chance = random.Random(seed)
    names = [str(number) for number in range(machines)]
    feeds: dict[str, list[Row]] = {
        "machines": [{"machineID": name, "model": "m", "age": 1, **_service(chance)} for name in names],
        "telemetry": [_reading(name, hour, fleet) for name in names for hour in (-24, NIGHTS * 24 - 12)],
        "failures": [],
        "maint": [],
        "feedback": [],
    }
    predictions: list[Row] = []
    for name in names:
        _endings(name, feeds, chance)
        _feedback(name, feeds["feedback"], chance)
        predictions += _predictions(name, fleet, chance)
    drops = as_drops(feeds)
    said = feeds["feedback"]
    drops["PdM_feedback_2.csv"] = [
        {**row, "verdict": "acknowledged", "note": 'no, "this"'} for row in said if chance.random() < 0.3
    ]
    return drops, predictions


def _reading(name: str, hour: int, fleet: Fleet) -> Row:
    return {"datetime": START + hour * H, "machineID": name, **dict.fromkeys(fleet.sensors, 100.0)}


def _service(chance: random.Random) -> Row:
    return {"in_service_until": _moment(chance)} if chance.random() < 0.2 else {}


def _moment(chance: random.Random) -> datetime:
    step = chance.choice((24, 24, 6, 1))
    return START + chance.randint(-24, NIGHTS * 24 + 24) // step * step * H


def _endings(name: str, feeds: dict[str, list[Row]], chance: random.Random) -> None:
    for _ in range(chance.choice((0, 1, 3, 6))):
        at, component = _moment(chance), chance.choice((*COMPONENTS, "gear box"))
        row = {"datetime": at, "machineID": name, "failure": component}
        row["known_good_at"] = chance.choice((None, None, at - 1 * H, at - 6 * H, at - 24 * H, at - 50 * H))
        feeds["failures"].append({**row, "ended_at": chance.choice((None, None, None, at + 5 * H, at + 40 * H))})
        for hour in range(1, chance.choice((1, 1, 1, 4))):
            feeds["failures"].append({**row, "datetime": at + 3 * hour * H, "known_good_at": None})
        if chance.random() < 0.2:
            feeds["failures"].append({"datetime": at, "machineID": name, "failure": "comp2"})
        if chance.random() < 0.6:
            later = at + chance.choice((0, 0, 1, 24, 25)) * H
            feeds["maint"].append({"datetime": later, "machineID": name, "comp": component})
    for _ in range(chance.choice((0, 1, 3, 6))):
        feeds["maint"].append(
            {"datetime": _moment(chance), "machineID": name, "comp": chance.choice((*COMPONENTS, "gear box"))}
        )


def _feedback(name: str, rows: list[Row], chance: random.Random) -> None:
    for _ in range(chance.choice((0, 2, 8))):
        row: Row = {"datetime": _moment(chance), "machineID": name, "comp": chance.choice(COMPONENTS)}
        rows.append({**row, "verdict": chance.choice(VERDICTS), "note": chance.choice((None, "oil,\nworn"))})


def _predictions(name: str, fleet: Fleet, chance: random.Random) -> list[Row]:
    """Nights skipped, unscored, scored by two versions and scored again; spells of alerts."""
    rows: list[Row] = []
    eager = chance.choice((0.0, 0.2, 0.6, 0.9))
    for night in range(NIGHTS):
        if chance.random() < 0.1:
            continue
        versions = chance.choice((["1"], ["1"], ["2"], ["1", "2"]))
        for version in versions:
            for again in range(chance.choice((1, 1, 2))):
                rows.append(_answer(name, START + night * 24 * H, version, again, eager, fleet, chance))
    return rows


def _answer(
    name: str, as_of: datetime, version: str, again: int, eager: float, fleet: Fleet, chance: random.Random
) -> Row:
    scored = chance.random() < 0.9
    alert = scored and chance.random() < eager
    row: dict[str, Any] = {
        "machine_id": name,
        "as_of": as_of,
        "horizon_hours": fleet.horizon_hours,
        "failure_probability": chance.randint(1, 9) / 10 if scored else None,
        "predicted_component": chance.choice((COMPONENTS[0], *COMPONENTS)) if scored else None,
        "alert": alert,
        "risk_level": "high" if alert else "normal" if scored else "silent",
        "model_name": "nightshift",
        "model_version": version,
        "features_hash": f"{again}",
        "scored_at": as_of + chance.randint(0, 2) * H + again * timedelta(minutes=chance.choice((0, 1))),
    }
    return row | _window(random.Random(f"{name} {as_of} {version} {again}"), scored)


def _window(chance: random.Random, scored: bool) -> Row:
    """Ends that rise, of which the last may be open; now and then none."""
    ends: list[float | None] = [*sorted(chance.choice((0.0, 3.0, 6.5, 20.0, 48.0, 90.0)) for _ in range(3))]
    known = chance.choice((0, 1, 2, 3, 3, 3, 3)) if scored else 0
    names = ("remaining_hours_low", "remaining_hours_median", "remaining_hours_high")
    return dict(zip(names, ends[:known] + [None] * (3 - known), strict=True))
