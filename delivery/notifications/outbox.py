"""Send notices: each is a line of the log file and, where a webhook is set, one POST to it.

The log is also the state (`delivery.notifications.log`). A notice is entered there (`enter`), then posted, and then its
delivery is written (`deliver`), so that a second process sends nothing twice. What was not delivered is retried
whenever notices are sent next, for RETRY_DAYS. Delivery is at least once: a process killed between the POST and the
last line posts the notice again, with the same `key`. Without the log, what has been sent is forgotten.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from delivery.notifications.log import Line, Log, locked_log
from delivery.notifications.notices import Notice
from delivery.notifications.webhook import WebhookError, post
from settings import Settings, SettingsError
from warehouse.disk import DiskFull

RETRY_DAYS = 3
PATIENCE = 6  # timeouts that one delivery may take, however many notices wait
OFF, DUE, SENT, FAILED = "off", "due", "sent", "failed"
SHORTEST_SECRET = 8  # a path of fewer letters, such as "/", stands in many a text


@dataclass(frozen=True)
class Delivery:
    """How many notices are `new` in the log, `sent` now and `waiting` for the next call; the last `problem`, if any."""

    new: int
    sent: int
    waiting: int
    problem: str = ""


def notify(notices: Sequence[Notice], settings: Settings, now: datetime) -> Delivery:
    """Enter the notices that are new, and post them and those still waiting where `webhook_url` is set.

    A webhook that fails, or an address that cannot be used, is reported in the log and in the result, never raised.
    `now`: naive UTC. Raises DiskFull where the log cannot be written; what is new is posted even then, and will be once
    more.
    """
    with locked_log(settings.paths.notification_log) as log:
        try:
            new = _enter(log, notices, settings, now)
        except DiskFull:
            _post_unlogged(notices, settings, now)
            raise
        done = _deliver(log, settings, now)
    return Delivery(new, done.sent, done.waiting, done.problem)


def enter(notices: Sequence[Notice], settings: Settings, now: datetime) -> int:
    """Write the notices that are new into the log, due where `webhook_url` is set; how many. Nothing is posted.

    `now`: naive UTC. Raises DiskFull.
    """
    with locked_log(settings.paths.notification_log) as log:
        return _enter(log, notices, settings, now)


def deliver(settings: Settings, now: datetime) -> Delivery:
    """Post what is due; opens the log alone, so that nothing else waits for the receiver. `now`: naive UTC."""
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
    url = settings.workspace.notifications.webhook_url
    known = {line["key"] for line in log.lines}
    new = {notice.key: notice for notice in notices if notice.key not in known}
    log.write([_line(notice, DUE if url else OFF, now, url) for notice in new.values()])
    return len(new)


def _deliver(log: Log, settings: Settings, now: datetime) -> Delivery:
    url, timeout = settings.workspace.notifications.webhook_url, settings.workspace.notifications.timeout_seconds
    if not url:
        return Delivery(0, 0, 0)
    due = _waiting(log.lines, now - timedelta(days=RETRY_DAYS))
    sent, problem, until = 0, "", time.monotonic() + PATIENCE * timeout
    for line in due:
        if time.monotonic() >= until:
            problem = problem or "the webhook answers slowly"
            break
        try:
            post(url, _payload(line), timeout)
        except (WebhookError, SettingsError) as error:
            problem = str(error)
            log.write([{"at": now.isoformat(), "key": line["key"], "delivery": FAILED, "problem": problem}])
            if not (isinstance(error, WebhookError) and error.answered):
                break  # nobody is there: the others would only wait for the same silence
        else:
            sent += 1
            log.write([{"at": now.isoformat(), "key": line["key"], "delivery": SENT}])
    return Delivery(0, sent, len(due) - sent, problem)


def _post_unlogged(notices: Sequence[Notice], settings: Settings, now: datetime) -> None:
    """Post although no line of it can be kept: a full disk is what people must hear of."""
    url, timeout = settings.workspace.notifications.webhook_url, settings.workspace.notifications.timeout_seconds
    for notice in notices if url else ():
        try:
            post(url, _payload(_line(notice, DUE, now, url)), timeout)
        except (WebhookError, SettingsError):
            return


def _payload(line: Line) -> dict[str, object]:
    """The JSON to post: `text` is what chat webhooks show, the rest is for programs."""
    fields = {name: line[name] for name in ("kind", "key", "title", "data", "at")}
    return {"text": f"{line['title']}\n{line['text']}", **fields}


def _waiting(lines: Sequence[Line], since: datetime) -> list[Line]:
    """The logged notices, not older than `since`, that should have been delivered and were not."""
    state: dict[str, str] = {line["key"]: line["delivery"] for line in lines}
    return [
        line
        for line in lines
        if "text" in line and state[line["key"]] in {DUE, FAILED} and datetime.fromisoformat(line["at"]) >= since
    ]


def _line(notice: Notice, delivery: str, now: datetime, url: str) -> Line:
    fields = json.loads(json.dumps(asdict(notice), default=str))
    for secret in _secrets(url):  # the text of an error may repeat the address
        fields = _without(secret, fields)
    return {"at": now.isoformat(), **fields, "delivery": delivery}


def _secrets(url: str) -> list[str]:
    """The address and what of it libraries quote without the rest: path and query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    tail = parts.path + (f"?{parts.query}" if parts.query else "")
    found = [url, tail, parts.path, parts.password or ""]
    return [url] * bool(url) + [secret for secret in found[1:] if len(secret) >= SHORTEST_SECRET]


def _without(secret: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value, of the same kind as it was given
    """A JSON value with `secret` cut out of every string in it."""
    if isinstance(value, str):
        return value.replace(secret, "(the webhook)")
    if isinstance(value, dict):
        return {key: _without(secret, item) for key, item in value.items()}
    return [_without(secret, item) for item in value] if isinstance(value, list) else value
