"""Send notices: each is a line of the log file and, where a webhook is set, one POST to it.

The log is also the state. A notice is written there, then posted, and then its delivery is written, all under a lock,
so that a second process sends nothing twice. What was not delivered is retried whenever notices are sent next, for
RETRY_DAYS. Delivery is at least once: a process killed between the POST and the last line posts the notice again, with
the same `key`. Without the log, what has been sent is forgotten.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from io import SEEK_END, SEEK_SET
from pathlib import Path
from typing import Any, TextIO

from delivery.notifications.notices import Notice
from delivery.notifications.webhook import WebhookError, post
from settings import Settings, SettingsError

RETRY_DAYS = 3
OFF, DUE, SENT, FAILED = "off", "due", "sent", "failed"
Line = dict[str, Any]


@dataclass(frozen=True)
class Delivery:
    """How many notices are `new` in the log, `sent` now and `waiting` for the next call; the last `problem`, if any."""

    new: int
    sent: int
    waiting: int
    problem: str = ""


def notify(notices: Sequence[Notice], settings: Settings, now: datetime) -> Delivery:
    """Log the notices that are new, and post them and those still waiting where `webhook_url` is set. `now`: naive UTC.

    A webhook that fails, or an address that cannot be used, is reported in the log and in the result, never raised.
    `now`: naive UTC. Raises OSError where the log cannot be written.
    """
    url = settings.workspace.notifications.webhook_url
    with _log(settings.paths.notification_log) as log:
        lines = _read(log)
        known = {line["key"] for line in lines}
        new = list({notice.key: notice for notice in notices if notice.key not in known}.values())
        made = [_line(notice, DUE if url else OFF, now, url) for notice in new]
        _write(log, made)
        if not url:
            return Delivery(len(made), 0, 0)
        due = [*_waiting(lines, now - timedelta(days=RETRY_DAYS)), *made]
        sent, problem = 0, ""
        for line in due:
            try:
                post(url, _payload(line), settings.workspace.notifications.timeout_seconds)
            except (WebhookError, SettingsError) as error:
                problem = str(error)
                _write(log, [{"at": now.isoformat(), "key": line["key"], "delivery": FAILED, "problem": problem}])
                if not (isinstance(error, WebhookError) and error.answered):
                    break  # the server is unreachable: the other posts would time out too
            else:
                sent += 1
                _write(log, [{"at": now.isoformat(), "key": line["key"], "delivery": SENT}])
        return Delivery(len(made), sent, len(due) - sent, problem)


def logged(settings: Settings, kind: str) -> list[Line]:
    """The notices of one kind that the log holds, oldest first: at, kind, key, title, text, data."""
    if not settings.paths.notification_log.exists():
        return []
    with _log(settings.paths.notification_log) as log:
        return [line for line in _read(log) if line.get("kind") == kind]


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
        if "kind" in line and state[line["key"]] in {DUE, FAILED} and datetime.fromisoformat(line["at"]) >= since
    ]


def _line(notice: Notice, delivery: str, now: datetime, url: str) -> Line:
    fields = json.loads(json.dumps(asdict(notice), default=str))
    # The text of an error may repeat the address.
    return {"at": now.isoformat(), **(_without(url, fields) if url else fields), "delivery": delivery}


def _without(secret: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value, of the same kind as it was given
    """A JSON value with `secret` cut out of every string in it."""
    if isinstance(value, str):
        return value.replace(secret, "(the webhook)")
    if isinstance(value, dict):
        return {key: _without(secret, item) for key, item in value.items()}
    return [_without(secret, item) for item in value] if isinstance(value, list) else value


@contextmanager
def _log(path: Path) -> Iterator[TextIO]:
    """The log, open for reading and appending, locked against other processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        yield log


def _read(log: TextIO) -> list[Line]:
    log.seek(0, SEEK_SET)
    lines, text = [], ""
    for text in log:
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue  # cut off where a process was killed
        if isinstance(line, dict) and {"at", "key", "delivery"} <= line.keys():
            lines.append(line)
    if text and not text.endswith("\n"):
        log.write("\n")  # else the next line would be appended to the unfinished one
    return lines


def _write(log: TextIO, lines: Sequence[Mapping[str, object]]) -> None:
    log.seek(0, SEEK_END)
    log.writelines(json.dumps(line) + "\n" for line in lines)
    log.flush()
