"""What is worth telling somebody who is not looking: made from the tables alone, sent by delivery.notifications.outbox.

A notice's key names what it tells. The same thing told again, by a night run twice, has the same key and is sent once;
what has changed since, such as an alert that late data brought, has another.
"""

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from delivery.markup import chat
from ml.wording import counted, deadline, percent, short_name

NIGHT_FAILED, NIGHT_NOT_SCORED, NEW_ALERTS, PROMOTION = "night_failed", "night_not_scored", "new_alerts", "promotion"
LISTED_ALERTS = 20
LONGEST_LINE = 400
NO_TELEMETRY = "No telemetry came: see to the feed, then score this night again."
Pair = tuple[str, str]


@dataclass(frozen=True)
class Notice:
    """One thing to tell. `title` is one line, `text` the rest, `data` the same for programs, as JSON values."""

    kind: str
    key: str
    title: str
    text: str
    data: Mapping[str, object] = field(default_factory=dict)


def new_alerts(tonight: pd.DataFrame, known: Set[Pair], as_of: datetime, horizon_hours: int) -> list[Notice]:
    """One notice of the alerts of `tonight` that are not `known` (machine, component), or none at all.

    `tonight`: one row a machine with machine_id, alert, failure_probability, predicted_component, recommended_action.
    """
    found = _alerts(tonight).sort_values(["failure_probability", "machine_id"], ascending=[False, True])
    alerts = [
        {"machine": str(row["machine_id"]), "component": str(row["predicted_component"]),
         "probability": round(float(row["failure_probability"]), 4), "action": str(row["recommended_action"])}
        for row in found.to_dict("records") if (str(row["machine_id"]), str(row["predicted_component"])) not in known
    ]  # fmt: skip
    if not alerts:
        return []
    lines = [
        f"- machine {_line(short_name(str(alert['machine'])))}: {percent(float(str(alert['probability'])))}, "
        f"{_line(alert['component'])}. {_line(alert['action'])}."
        for alert in alerts[:LISTED_ALERTS]
    ]
    more = len(alerts) - LISTED_ALERTS
    lines += [f"and {more} more: see the morning page."] if more > 0 else []
    title = f"{counted(len(alerts), 'new alert')} on {as_of:%Y-%m-%d}, to visit before {deadline(as_of, horizon_hours)}"
    names = sorted(f"{alert['machine']}\0{alert['component']}" for alert in alerts)
    key = f"{NEW_ALERTS}:{as_of:%Y-%m-%dT%H}:{_digest(names)}"
    return [Notice(NEW_ALERTS, key, title, "\n".join(lines), {"as_of": as_of.isoformat(), "alerts": alerts})]


def night_not_scored(as_of: datetime, note: str) -> Notice:
    """A night without answers, and why."""
    return Notice(
        NIGHT_NOT_SCORED,
        f"{NIGHT_NOT_SCORED}:{as_of:%Y-%m-%dT%H}",
        f"The night of {as_of:%Y-%m-%d} was not scored",
        f"{_line(note) or NO_TELEMETRY} No machine is safe because it is not named.",
        {"as_of": as_of.isoformat(), "note": note},
    )


def night_failed(job: str, run_id: str, night: str, step: str, error: str) -> Notice:
    """A run that failed: at which `step` and with which `error` (its first line is told), empty where not known."""
    first = _line(next((line for line in error.splitlines() if line.strip()), ""))
    what = f"The {job} run{f' of {night}' if night else ''} failed"
    where = f"At {step}: {first}" if step else first
    return Notice(
        NIGHT_FAILED,
        f"{NIGHT_FAILED}:{run_id}",
        what + (f" at {step}" if step else ""),
        f"{where or 'It ended without a word, as a process that was killed does.'}\n"
        "The tables and pages are still those of the last good run. Mend what the error names and run it again: "
        f"what was done already comes out the same. Dagster shows the whole story under run {run_id}.",
        {"job": job, "run_id": run_id, "night": night, "step": step, "error": first},
    )


def promotions(decisions: pd.DataFrame) -> list[Notice]:
    """The gate's last decision and the last rollback, from the rows of `ml.promotions`; older ones are history."""
    told = []
    for when, row in ((column, _latest(decisions, column)) for column in ("decided_at", "rolled_back_at")):
        if row is not None:
            told.append(_decided(row) if when == "decided_at" else _rolled_back(row))
    return told


def _decided(row: Mapping[str, object]) -> Notice:
    version, earlier = row["model_version"], row.get("replaced")
    if row["promoted"]:
        title = f"Model version {version} scores from now on" + (f" instead of version {earlier}" if earlier else "")
    else:
        title = f"Model version {version} was not promoted" + (f"; version {earlier} goes on" if earlier else "")
    data = {
        name: row.get(name)
        for name in ("model_version", "promoted", "trusted", "replaced", "reason", "trigger", "decided_at")
    }
    return Notice(PROMOTION, f"{PROMOTION}:{version}:{row['decided_at']}", title, chat(row["reason"]), data)


def _rolled_back(row: Mapping[str, object]) -> Notice:
    version, earlier, at = row["model_version"], row.get("replaced"), row["rolled_back_at"]
    return Notice(
        PROMOTION,
        f"{PROMOTION}:{version}:rolled back:{at}",
        f"Model version {version} was rolled back",
        f"Version {earlier} scores again from the next night on.",
        {"model_version": version, "rolled_back_at": at, "restored": earlier},
    )


def _latest(decisions: pd.DataFrame, column: str) -> dict[str, object] | None:
    rows = decisions[decisions[column].notna()].sort_values(column, kind="stable").to_dict("records")
    if not rows:
        return None
    return {str(key): None if pd.isna(value) else _plain(value) for key, value in rows[-1].items()}


def _plain(value: object) -> object:
    return bool(value) if str(value) in {"True", "False"} and not isinstance(value, str) else value


def alert_pairs(answers: pd.DataFrame) -> set[Pair]:
    """The alerts of a night's answers: machine and component."""
    return {(str(row["machine_id"]), str(row["predicted_component"])) for row in _alerts(answers).to_dict("records")}


def _alerts(answers: pd.DataFrame) -> pd.DataFrame:
    return answers[answers["alert"].eq(True)]


def _digest(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]


def _line(value: object) -> str:
    """A value as one short line in which a chat finds no command and no link: what a machine is called calls nobody."""
    text = chat(value)
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
