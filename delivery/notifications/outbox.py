"""Send notices: each is a line of the log file, and goes once to each receiver that is set: webhook and services.

The log is also the state (`delivery.notifications.log`). A notice is entered there (`enter`) with who is to get it,
then sent, and then its delivery to each is written (`deliver`), so that a second process sends nothing twice. What was
not delivered is retried whenever notices are sent next, for RETRY_DAYS. Delivery is at least once: a process killed
between the call and the last line sends the notice again, with the same `key`. Without the log, what has been sent is
forgotten.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from delivery.notifications.forms import markdown_body, payload
from delivery.notifications.log import DUE, FAILED, OFF, SENT, Line, Log, locked_log, owed_to
from delivery.notifications.notices import Notice
from delivery.notifications.services import send
from delivery.notifications.targets import Target, secrets_of, targets_of
from delivery.notifications.undelivered import Undelivered
from delivery.notifications.webhook import post
from settings import Settings, SettingsError
from warehouse.disk import DiskFull

RETRY_DAYS = 3
PATIENCE = 6  # timeouts that one delivery may take to each receiver, however many notices wait


@dataclass(frozen=True)
class Delivery:
    """How many notices are `new` in the log, `sent` now and `waiting` for the next call; the last `problem`, if any.

    A notice counts once for each who is to get it.
    """

    new: int
    sent: int
    waiting: int
    problem: str = ""


def notify(notices: Sequence[Notice], settings: Settings, now: datetime) -> Delivery:
    """Enter the notices that are new, and send them and those still waiting to whoever is set.

    A receiver that fails, or an address that cannot be used, is reported in the log and in the result, never raised.
    `now`: naive UTC. Raises DiskFull where the log cannot be written; what is new is sent even then, and will be once
    more.
    """
    with locked_log(settings.paths.notification_log) as log:
        try:
            new = _enter(log, notices, settings, now)
        except DiskFull:
            _send_unlogged(notices, settings, now)
            raise
        done = _deliver(log, settings, now)
    return Delivery(new, done.sent, done.waiting, done.problem)


def enter(notices: Sequence[Notice], settings: Settings, now: datetime) -> int:
    """Write the notices that are new into the log, due where a receiver is set; how many. Nothing is sent.

    `now`: naive UTC. Raises DiskFull.
    """
    with locked_log(settings.paths.notification_log) as log:
        return _enter(log, notices, settings, now)


def deliver(settings: Settings, now: datetime) -> Delivery:
    """Send what is due; opens the log alone, so that nothing else waits for the receiver. `now`: naive UTC."""
    if not settings.paths.notification_log.exists():
        return Delivery(0, 0, 0)
    with locked_log(settings.paths.notification_log) as log:
        return _deliver(log, settings, now)


def logged(settings: Settings, kind: str) -> list[Line]:
    """The notices of one kind that the log holds, oldest first: at, kind, key, data.

    Those that are not old have title and text, too.
    """
    if not settings.paths.notification_log.exists():
        return []
    with locked_log(settings.paths.notification_log) as log:
        return [line for line in log.lines if line.get("kind") == kind]


def _enter(log: Log, notices: Sequence[Notice], settings: Settings, now: datetime) -> int:
    targets = targets_of(settings)
    known = {line["key"] for line in log.lines}
    new = {notice.key: notice for notice in notices if notice.key not in known}
    log.write([_line(notice, targets, now) for notice in new.values()])
    return len(new)


def _deliver(log: Log, settings: Settings, now: datetime) -> Delivery:
    done = [_deliver_to(log, target, settings, now) for target in targets_of(settings)]
    problems = [part.problem for part in done if part.problem]
    return Delivery(0, sum(part.sent for part in done), sum(part.waiting for part in done), *problems[-1:])


def _deliver_to(log: Log, target: Target, settings: Settings, now: datetime) -> Delivery:
    """Send to one receiver, whatever became of the others, what it is owed."""
    timeout = settings.workspace.notifications.timeout_seconds
    due = _waiting(log.lines, target, now - timedelta(days=RETRY_DAYS))
    sent, problem, until = 0, "", time.monotonic() + PATIENCE * timeout
    for line in due:
        told = {"at": now.isoformat(), "key": line["key"], "to": [target.name]}
        if time.monotonic() >= until:
            problem = problem or f"{_called(target)} answers slowly"
            break
        try:
            _send(target, line, timeout)
        except (Undelivered, SettingsError) as error:
            problem = str(error)
            log.write([{**told, "delivery": FAILED, "problem": problem}])
            if not (isinstance(error, Undelivered) and error.answered):
                break  # nobody is there: the others would only wait for the same silence
        else:
            sent += 1
            log.write([{**told, "delivery": SENT}])
    return Delivery(0, sent, len(due) - sent, problem)


def _send(target: Target, line: Line, timeout: float) -> None:
    if target.is_webhook:
        post(target.address, payload(line), timeout)
    else:
        send(target.name, target.address, line["title"], markdown_body(line), timeout)


def _send_unlogged(notices: Sequence[Notice], settings: Settings, now: datetime) -> None:
    """Send although no line of it can be kept: a full disk is what people must hear of."""
    targets, timeout = targets_of(settings), settings.workspace.notifications.timeout_seconds
    for target in targets:
        try:
            for notice in notices:
                _send(target, _line(notice, targets, now), timeout)
        except (Undelivered, SettingsError):
            continue


def _waiting(lines: Sequence[Line], target: Target, since: datetime) -> list[Line]:
    """The logged notices, not older than `since`, that `target` should have got and has not."""
    owed = owed_to(lines)
    return [
        line
        for line in lines
        if "text" in line and target.name in owed[line["key"]] and datetime.fromisoformat(line["at"]) >= since
    ]


def _line(notice: Notice, targets: Sequence[Target], now: datetime) -> Line:
    fields = json.loads(json.dumps(asdict(notice), default=str))
    for target in targets:
        for secret in secrets_of(target):  # the text of an error may repeat the address
            fields = _without(secret, target.called, fields)
    state = {"delivery": DUE, "to": [target.name for target in targets]} if targets else {"delivery": OFF}
    return {"at": now.isoformat(), **fields, **state}


def _called(target: Target) -> str:
    return "the webhook" if target.is_webhook else target.name


def _without(secret: str, instead: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value, of the kind it was given
    """A JSON value with `instead` in the place of `secret` in every string in it."""
    if isinstance(value, str):
        return value.replace(secret, instead)
    if isinstance(value, dict):
        return {key: _without(secret, instead, item) for key, item in value.items()}
    return [_without(secret, instead, item) for item in value] if isinstance(value, list) else value
