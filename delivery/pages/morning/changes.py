"""What changed between two nights: which alerts are new or gone and why, who fell silent, whose risk rose most."""

from collections.abc import Callable, Mapping
from datetime import datetime

import pandas as pd

from delivery.pages.morning.contents import Changes, Move
from ml.scoring.contract import DOWN, SILENT
from warehouse.tables import records

RISES = 5
SMALLEST_RISE = 0.05
Key = tuple[str, str]
NightAnswer = Mapping[str, object]


def night_changes(
    tonight: pd.DataFrame,
    before: pd.DataFrame,
    events: pd.DataFrame,
    since: datetime,
    called: Callable[[str], str] = str,
) -> Changes:
    """Compare two nights of answers, one row a machine each; `since` is the earlier one.

    `events`: machine_id, component and kind ('failed' or 'replaced') of what became known between the nights. An alert
    is a machine with its component: one that names another component tonight is a new alert. `called` gives what people
    call a component.
    """
    now, then = _answers(tonight), _answers(before)
    alerts, alerts_before = _alerts(now), _alerts(then)
    new = [
        Move(machine, component, _risk(then.get(machine)), _risk(now[machine]))
        for machine, component in sorted(alerts - alerts_before)
    ]
    happened = {(str(row.machine_id), str(row.component), str(row.kind)) for row in events.itertuples()}
    gone = [
        Move(machine, component, _risk(then[machine]), _risk(now.get(machine)),
             _why(machine, component, now.get(machine), happened, called))
        for machine, component in sorted(alerts_before - alerts)
    ]  # fmt: skip
    common = sorted(now.keys() & then.keys())
    return Changes(
        since=since,
        new_alerts=tuple(sorted(new, key=lambda move: -(move.now or 0))),
        gone=tuple(gone),
        fell_silent=tuple(name for name in common if _silent(now[name]) and not _silent(then[name])),
        came_back=tuple(name for name in common if _silent(then[name]) and not _silent(now[name])),
        rises=_rises(now, then, {move.machine for move in new}),
    )


def _rises(now: Mapping[str, NightAnswer], then: Mapping[str, NightAnswer], told: set[str]) -> tuple[Move, ...]:
    moves = [
        Move(machine, str(answer["predicted_component"] or ""), earlier, later)
        for machine, answer in now.items()
        if machine not in told
        and (later := _risk(answer)) is not None
        and (earlier := _risk(then.get(machine))) is not None
        and later - earlier >= SMALLEST_RISE
    ]
    return tuple(sorted(moves, key=lambda move: (-_rise(move), move.machine))[:RISES])


def _rise(move: Move) -> float:
    return (move.now or 0) - (move.before or 0)


def _why(
    machine: str,
    component: str,
    now: NightAnswer | None,
    happened: set[tuple[str, str, str]],
    called: Callable[[str], str],
) -> str:
    # A failure is repaired by a replacement, so it is the first thing to look for.
    for kind in ("failed", "replaced"):
        if (machine, component, kind) in happened:
            return kind
    if now is None:
        return "not scored any more"
    if _silent(now):
        return "fell silent"
    if now["risk_level"] == DOWN:
        return "is down"
    return f"now names {called(str(now['predicted_component']))}" if now["alert"] else "risk fell below the threshold"


def _answers(night: pd.DataFrame) -> dict[str, NightAnswer]:
    return {str(row["machine_id"]): row for row in records(night)}


def _alerts(night: Mapping[str, NightAnswer]) -> set[Key]:
    return {(machine, str(row["predicted_component"])) for machine, row in night.items() if row["alert"]}


def _risk(answer: NightAnswer | None) -> float | None:
    value = answer["failure_probability"] if answer else None
    return None if value is None else float(str(value))


def _silent(answer: NightAnswer) -> bool:
    return answer["risk_level"] == SILENT
