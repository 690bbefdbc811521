"""The outcome tables a second time: plain Python that lives through every hour and never reads the warehouse."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from settings import Fleet
from tests.dbt.dbt_kit import Drops, Row, feed_of
from tests.dbt.hours_oracle import expected_hours, expected_remaining
from tests.dbt.outages_oracle import Outage, repairs
from tests.dbt.outcome_fleets import H
from tests.dbt.what_is_known import what_is_known

Events = dict[str, set[tuple[datetime, str]]]  # machine -> (moment, component)


@dataclass
class Case:
    opened: datetime
    last: datetime
    nights: int
    highest: float
    alerts: list[datetime]
    closed: datetime | None = None
    by: str | None = None
    verdict: str = "pending"


class Oracle:
    """`answers`: what the crew read, by machine and night; `last`: each version's last answer."""

    def __init__(self, drops: Drops, log: list[Row], fleet: Fleet) -> None:
        self.fleet, self.horizon = fleet, fleet.horizon_hours * H
        self.known = what_is_known(drops, fleet)
        self.lives = expected_remaining(expected_hours(drops, fleet))
        self.outages = self.known.outages
        looked = self.known.reaches["failures"] - fleet.found_within_hours * H
        self.reaches = {**self.known.reaches, "failures": looked}
        self.failures: Events = defaultdict(set)
        self.planned: Events = defaultdict(set)
        for machine in self.known.register:
            outages = self.outages.get(machine, [])
            self.failures[machine] = {(outage.failed, outage.code) for outage in outages}
            planned = [event for event in self.known.maint.get(machine, []) if not repairs(event, outages, fleet)]
            self.planned[machine] = {(event.at, event.code) for event in planned}
        said = {(r["machineID"], r["comp"], r["datetime"]): r for r in _rows(drops, "feedback")}  # the last one stays
        self.feedback = sorted(said.items(), key=lambda item: item[0][2])
        self.last: dict[tuple[str, datetime, str], Row] = {}
        for row in sorted(log, key=lambda r: (r["scored_at"], -int(r["features_hash"]))):
            self.last[row["machine_id"], row["as_of"], row["model_version"]] = row
        self.answers: dict[tuple[str, datetime], Row] = {}
        for row in sorted(self.last.values(), key=lambda r: (r["scored_at"], r["model_version"])):
            self.answers[row["machine_id"], row["as_of"]] = row

    def alert_episodes(self) -> list[Row]:
        alerts: dict[tuple[str, str], dict[datetime, float]] = defaultdict(dict)
        for (machine, as_of), answer in self.answers.items():
            if answer["alert"]:
                alerts[machine, answer["predicted_component"]][as_of] = answer["failure_probability"]
        return [
            row
            for (machine, component), moments in alerts.items()
            for row in self._rows(machine, component, self._lived(machine, component, moments))
        ]

    def _lived(self, machine: str, component: str, alerts: dict[datetime, float]) -> list[Case]:
        cases: list[Case] = []
        now = min(alerts)
        while now <= max(alerts) + 3 * self.horizon + 200 * H:
            open_ones = [case for case in cases if case.closed is None and case.last < now]
            for case in open_ones:
                foreseen = now <= case.last + self.horizon
                if (now, component) in self.failures[machine]:
                    told = self._foretold(machine, component, now, case)
                    _close(case, now, "quiet" if told == "false" else "failure", told)
                elif (now, component) in self.planned[machine]:
                    _close(case, now, "replacement", "censored" if foreseen else "false")
            if now in alerts:
                newest = cases[-1] if cases else None
                within = newest and now - newest.last <= self.fleet.episode_cooldown_hours * H
                if newest and within and newest.closed is None:
                    newest.last, newest.nights = now, newest.nights + 1
                    newest.highest = max(newest.highest, alerts[now])
                else:
                    cases.append(Case(now, now, 1, alerts[now], []))
                cases[-1].alerts.append(now)
            for case in cases:
                patience = max(self.horizon, self.fleet.episode_cooldown_hours * H)
                if case.closed is None and now - case.last >= patience:
                    _close(case, now, "quiet", "false")
            now += H
        return cases

    def _outage(self, machine: str, component: str, failed: datetime) -> Outage:
        return next(o for o in self.outages[machine] if (o.failed, o.code) == (failed, component))

    def _foretold(self, machine: str, component: str, failed: datetime, case: Case) -> str:
        """Whether an alert's horizon held the failure: for certain in one of them, or perhaps."""
        outage = self._outage(machine, component, failed)
        held = [outage.lies_in(alert, alert + self.horizon) for alert in case.alerts]
        return "true" if True in held else "censored" if None in held else "false"

    def _found_later(self, machine: str, component: str, case: Case) -> bool:
        """Whether a failure that was found when the case was over may have happened before."""
        next_planned = min((at for at, c in self.planned[machine] if c == component and at > case.last), default=None)
        failed = min((at for at, c in self.failures[machine] if c == component and at > case.last), default=None)
        if not failed or (next_planned and next_planned < failed):
            return False
        return self._foretold(machine, component, failed, case) == "censored"

    def _rows(self, machine: str, component: str, cases: list[Case]) -> list[Row]:
        rows = []
        for number, case in enumerate(cases):
            assert case.closed
            both = min(self.reaches.values())
            reach = {"failure": datetime.max, "replacement": self.reaches["failures"], "quiet": both}[str(case.by)]
            later = case.by == "quiet" and self._found_later(machine, component, case)
            if case.verdict == "false" and (later or self._left(machine, case.last)):
                case.verdict = "censored"
            if case.closed > reach:
                case.closed, case.by, case.verdict = None, None, "pending"
            until = cases[number + 1].opened if number + 1 < len(cases) else datetime.max
            words = [
                r for (m, c, at), r in self.feedback if (m, c) == (machine, component) and case.opened <= at < until
            ]
            said = words[-1] if words else {}
            lead = None
            if case.closed and case.verdict == "true":
                lead = (_worked(self._outage(machine, component, case.closed)) - case.opened) / H
            rows.append({
                "machine_id": machine, "component": component, "opened_at": case.opened, "last_alert_at": case.last,
                "closed_at": case.closed, "closed_by": case.by, "nights": case.nights,
                "highest_probability": case.highest,
                "failed_at": case.closed if case.by == "failure" else None,
                "replaced_at": case.closed if case.by == "replacement" else None,
                "lead_hours": lead,
                "verdict": case.verdict, "crew_verdict": _plain(said.get("verdict")), "crew_note": said.get("note"),
                "crew_at": said.get("datetime"),
            })  # fmt: skip
        return rows

    def failure_outcomes(self) -> list[Row]:
        scored = {key: row for key, row in self.answers.items() if row["failure_probability"] is not None}
        begin = min(as_of for _, as_of in scored)
        rows = []
        for machine, failures in self.failures.items():
            for at, component in (failure for failure in failures if failure[0] > begin):
                outage = self._outage(machine, component, at)
                mine = [(row, as_of) for (m, as_of), row in scored.items() if m == machine]
                held = [(row, outage.lies_in(as_of, as_of + self.horizon)) for row, as_of in mine]
                nights = [row for row, inside in held if inside]
                doubtful = [row for row, inside in held if inside is None and row["alert"]]
                alerts = sorted((row for row in nights if row["alert"]), key=lambda row: row["as_of"])
                caught = True if alerts else False if nights and not doubtful else None
                named = any(row["predicted_component"] == component for row in alerts)
                perhaps = any(row["predicted_component"] == component for row in doubtful)
                first = alerts[0]["as_of"] if alerts else None
                rows.append({
                    "machine_id": machine, "component": component, "failed_at": at, "caught": caught,
                    "component_named": True if named else False if caught is not None and not perhaps else None,
                    "first_alert_at": first,
                    "lead_hours": (_worked(outage) - first) / H if first else None,
                    "lead_hours_high": (at - first) / H if first else None,
                    "nights_scored": len(nights), "model_version": alerts[0]["model_version"] if alerts else None,
                })  # fmt: skip
        return rows

    def _left(self, machine: str, as_of: datetime) -> bool:
        """Whether the machine was in service at `as_of`, and not any more when its horizon was over."""
        return any(life.start <= as_of < life.end <= as_of + self.horizon for life in self.known.lives[machine])

    def _status(self, machine: str, as_of: datetime) -> str:
        end, now = as_of + self.horizon, self.known.now
        if not any(life.start <= as_of < life.end for life in self.known.lives[machine]):
            return "out of service"
        if any(o.failed <= as_of < o.over and o.known <= now for o in self.outages.get(machine, [])):
            return "down"
        inside = {o: o.lies_in(as_of, end) for o in self.outages.get(machine, [])}
        told = {o.dated for o, held in inside.items() if held is not False}
        told |= {
            event.known
            for event in self.known.maint.get(machine, [])
            if as_of < event.at <= end and (event.at, event.code) in self.planned[machine]
        }
        if end > self.reaches["failures"] or any(known > now for known in told):
            return "pending"
        if True in inside.values():
            return "failed"
        planned = any(as_of < at <= end for at, _ in self.planned[machine])
        return "censored" if planned or None in inside.values() or self._left(machine, as_of) else "fine"

    def model_performance(self) -> list[Row]:
        weeks: dict[tuple[Any, str], list[tuple[Row, str]]] = defaultdict(list)
        events: dict[tuple[str, str, Outage], list[tuple[Row, str, bool | None]]] = defaultdict(list)
        for (machine, as_of, version), row in self.last.items():
            if row["failure_probability"] is None:
                continue
            status = self._status(machine, as_of)
            if status in ("failed", "fine"):
                weeks[_week(as_of), version].append((row, status))
            for outage in self.outages.get(machine, []):
                held = outage.lies_in(as_of, as_of + self.horizon)
                if held is not False and status not in ("down", "out of service"):
                    events[version, machine, outage].append((row, status, held))
        leads: dict[tuple[Any, str], list[float | None]] = defaultdict(list)
        for (version, _, outage), nights in events.items():
            certain = [row for row, _, held in nights if held]
            alerts = [(_worked(outage) - row["as_of"]) / H for row in certain if row["alert"]]
            doubt = any(row["alert"] for row, _, _ in nights) and not alerts
            if certain and not doubt and all(status != "pending" for _, status, _ in nights):
                week = _week(min(row["as_of"] for row in certain))
                leads[week, version].append(max(alerts) if alerts else None)
        windows = self._windows()
        return [_performance(*key, nights, leads[key]) | _held(windows[key]) for key, nights in weeks.items()]

    def _windows(self) -> dict[tuple[Any, str], list[tuple[Row, Row]]]:
        """Windows that can be judged, each with what is known of the machine's life, by week and version."""
        found: dict[tuple[Any, str], list[tuple[Row, Row]]] = defaultdict(list)
        cap = self.fleet.remaining_cap
        for (machine, as_of, version), row in self.last.items():
            life = self.lives.get((machine, as_of))
            if row.get("remaining_hours_low") is None or life is None or as_of + cap * H > self.reaches["failures"]:
                continue
            if life["ended_by"] == "failure" or life["hours_low"] >= cap:
                high = life["hours_high"] if life["hours_low"] < cap else None
                found[_week(as_of), version].append((row, {**life, "hours_high": high}))
        return found


def _performance(week: Any, version: str, nights: list[tuple[Row, str]], leads: list[float | None]) -> Row:
    truth = [int(status == "failed") for _, status in nights]
    alerted = [label for (row, _), label in zip(nights, truth, strict=True) if row["alert"]]
    scores = np.array([row["failure_probability"] for row, _ in nights])
    false, caught = alerted.count(0), [lead for lead in leads if lead is not None]
    return {
        "week": week, "model_name": "nightshift", "model_version": version, "mature_rows": len(nights),
        "failing_rows": sum(truth),
        "average_precision": float(average_precision_score(truth, scores)) if any(truth) else None,
        "alert_precision": sum(alerted) / len(alerted) if alerted else None,
        "alert_recall": sum(alerted) / sum(truth) if any(truth) else None, "false_alerts": false,
        "false_alerts_per_machine_month": 30 * false / len(nights), "failures": len(leads),
        "failures_caught": len(caught), "failures_missed": len(leads) - len(caught),
        "median_lead_hours": median(caught) if caught else None,
    }  # fmt: skip


def _held(windows: list[tuple[Row, Row]]) -> Row:
    told = [held for row, life in windows if (held := _is_inside(row, life)) is not None]
    both = [(row["remaining_hours_low"], row["remaining_hours_high"]) for row, _ in windows]
    widths = [high - low for low, high in both if high is not None]
    errors = [
        abs(row["remaining_hours_median"] - (life["hours_low"] + life["hours_high"]) / 2)
        for row, life in windows
        if life["hours_high"] is not None and row["remaining_hours_median"] is not None
    ]
    return {
        "windows": len(windows), "windows_held": sum(told) / len(told) if told else None,
        "median_window_hours": median(widths) if widths else None,
        "median_remaining_error_hours": median(errors) if errors else None,
    }  # fmt: skip


def _is_inside(row: Row, life: Row) -> bool | None:
    """None where the failure may have happened inside, and may not."""
    first, last = row["remaining_hours_low"], row["remaining_hours_high"]
    if life["hours_high"] is None:
        return last is None
    last = float("inf") if last is None else last
    if first <= life["hours_low"] and life["hours_high"] <= last:
        return True
    return False if life["hours_high"] < first or life["hours_low"] > last else None


def _worked(outage: Outage) -> datetime:
    """Until when it worked at least: just until it failed, where that is known."""
    return outage.failed if outage.failed - outage.good == timedelta(microseconds=1) else outage.good


def _close(case: Case, now: datetime, by: str, verdict: str) -> None:
    case.closed, case.by, case.verdict = now, by, verdict


def _rows(drops: Drops, feed: str) -> list[Row]:
    return [row for name in sorted(drops) if feed_of(name) == feed for row in drops[name]]


def _week(moment: datetime) -> Any:
    return (moment - timedelta(days=moment.weekday())).date()


def _plain(verdict: str | None) -> str | None:
    return verdict.lower().replace("_", " ") if verdict else None
