"""Notices to people who are not looking at the pages: made from the tables, sent by delivery.notifications.outbox.

A notice's key identifies its content. A night that is run twice makes notices with the same keys, and each is sent
once; changed content, such as an alert that late data brought, has another key.
"""

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

import pandas as pd

from delivery.markup import chat
from ml.explain.reason_record import reasons_from_json
from ml.wording import counted, deadline, percent, short_name
from warehouse.tables import records

NIGHT_FAILED, NIGHT_NOT_SCORED, NEW_ALERTS, PROMOTION = "night_failed", "night_not_scored", "new_alerts", "promotion"
LISTED_ALERTS = 20
LONGEST_LINE = 400
NO_TELEMETRY = "No telemetry came: check the feed, then score this night again."
Pair = tuple[str, str]


@dataclass(frozen=True)
class Notice:
    """One message. `title` is one line, `text` the rest, `data` the same facts for programs, as JSON values."""

    kind: str
    key: str
    title: str
    text: str
    data: Mapping[str, object] = field(default_factory=dict)


def new_alerts(
    tonight: pd.DataFrame,
    known: Set[Pair],
    as_of: datetime,
    horizon_hours: int,
    called: Callable[[str], str] = str,
    when: Callable[[Mapping[Hashable, object]], str] = lambda _: "",
    case_url: str = "",
) -> list[Notice]:
    """At most one notice, of the alerts of `tonight` whose (machine, component) is not in `known`.

    `tonight`: one row a machine with machine_id, alert, failure_probability, predicted_component, recommended_action,
    and reason_records where they are known: the text has the first reason, the data have all. `called` gives what
    people call a component; the data keep its identifier. `when` words the remaining time of such a row, empty where
    there is none. `case_url`: the address of a case's page, with gaps; the data have it filled in.
    """
    found = _alerts(tonight).sort_values(["failure_probability", "machine_id"], ascending=[False, True])
    alerts = [
        {"machine": str(row["machine_id"]), "component": str(row["predicted_component"]),
         "probability": round(float(row["failure_probability"]), 4), "action": str(row["recommended_action"]),
         "when": when(row), "reasons": _reasons(row), **_link(case_url, row, as_of)}
        for row in found.to_dict("records") if (str(row["machine_id"]), str(row["predicted_component"])) not in known
    ]  # fmt: skip
    if not alerts:
        return []
    lines = [_told(alert, called) for alert in alerts[:LISTED_ALERTS]]
    more = len(alerts) - LISTED_ALERTS
    lines += [f"and {more} more: see the morning page."] if more > 0 else []
    title = f"{counted(len(alerts), 'new alert')} on {as_of:%Y-%m-%d}, to visit before {deadline(as_of, horizon_hours)}"
    names = sorted(f"{alert['machine']}\0{alert['component']}" for alert in alerts)
    key = f"{NEW_ALERTS}:{as_of:%Y-%m-%dT%H}:{_digest(names)}"
    return [Notice(NEW_ALERTS, key, title, "\n".join(lines), {"as_of": as_of.isoformat(), "alerts": alerts})]


def _told(alert: Mapping[str, object], called: Callable[[str], str]) -> str:
    risk, part = percent(float(str(alert["probability"]))), _line(called(str(alert["component"])))
    head = f"- machine {_line(short_name(str(alert['machine'])))}: {risk}, {part}."
    reasons = alert["reasons"]
    why = f"Why: {reasons[0]}" if isinstance(reasons, list) and reasons else ""
    return " ".join([head, *(f"{_line(words)}." for words in (alert["action"], alert["when"], why) if words)])


def _reasons(row: Mapping[Hashable, object]) -> list[str]:
    """What raises its risk, in words, the strongest first."""
    found = row.get("reason_records")
    return [one.words for one in reasons_from_json(found) if one.raises] if isinstance(found, str) else []


def _link(case_url: str, row: Mapping[Hashable, object], as_of: datetime) -> dict[str, str]:
    """The page of an alert's case; none where nobody has said where the pages are."""
    gaps = {"machine": row["machine_id"], "component": row["predicted_component"], "night": f"{as_of:%Y-%m-%d}"}
    filled = {gap: quote(str(value), safe="") for gap, value in gaps.items()}
    return {"link": case_url.format(**filled)} if case_url else {}


def night_not_scored(as_of: datetime, note: str) -> Notice:
    """A night without predictions; `note` says why, empty where no telemetry came."""
    return Notice(
        NIGHT_NOT_SCORED,
        f"{NIGHT_NOT_SCORED}:{as_of:%Y-%m-%dT%H}",
        f"The night of {as_of:%Y-%m-%d} was not scored",
        f"{_line(note) or NO_TELEMETRY} No machine is safe merely because it is not named.",
        {"as_of": as_of.isoformat(), "note": note},
    )


def night_failed(job: str, run_id: str, night: str, step: str, error: str, begun: bool = True) -> Notice:
    """A failed run: at which `step` and with which `error` (its first line is sent), each empty where not known.

    `begun`: whether Dagster has a record of it.
    """
    first = _line(next((line for line in error.splitlines() if line.strip()), ""))
    what = f"The {job} run{f' of {night}' if night else ''} failed"
    where = f"At {step}: {first}" if step else first
    return Notice(
        NIGHT_FAILED,
        f"{NIGHT_FAILED}:{run_id}",
        what + (f" at {step}" if step else ""),
        f"{where or 'It ended without an error message, as a killed process does.'}\n"
        "The tables and pages are still those of the last good run. Correct what the error names and run it again: "
        "steps that were done give the same result again."
        + (f" Dagster shows every event under run {run_id}." if begun else ""),
        {"job": job, "run_id": run_id, "night": night, "step": step, "error": first},
    )


def promotions(decisions: pd.DataFrame) -> list[Notice]:
    """Notices of the gate's last decision and of the last rollback, from the decision log `ml.promotions`."""
    notices = []
    for when, row in ((column, _latest(decisions, column)) for column in ("decided_at", "rolled_back_at")):
        if row is not None:
            notices.append(_decided(row) if when == "decided_at" else _rolled_back(row))
    return notices


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
    rows = records(decisions[decisions[column].notna()].sort_values(column, kind="stable"))
    return {name: _plain(value) for name, value in rows[-1].items()} if rows else None


def _plain(value: object) -> object:
    return bool(value) if str(value) in {"True", "False"} and not isinstance(value, str) else value


def alert_pairs(predictions: pd.DataFrame) -> set[Pair]:
    """(machine, component) of each alert among a night's rows of `predictions`."""
    return {
        (str(row["machine_id"]), str(row["predicted_component"])) for row in _alerts(predictions).to_dict("records")
    }


def _alerts(predictions: pd.DataFrame) -> pd.DataFrame:
    return predictions[predictions["alert"].eq(True)]


def _digest(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]


def _line(value: object) -> str:
    """A value as one short line in which a chat finds no command and no link: what a machine is called calls nobody."""
    text = chat(value)
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
