"""The log of notices: a file of JSON lines that is also the memory of what has been told.

It is rotated when it has grown by ROTATE_BYTES: the whole file becomes `notifications.log.1` (older ones move on, and
KEPT_LOGS of them stay), and a new one begins with the memory: every key with its last delivery, whole lines of what may
still have to be delivered, and of younger alerts who they were of. So what a night reads has a bound.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

from warehouse.disk import DiskFull, needing_room

ROTATE_BYTES = 250_000
KEPT_LOGS = 3
WHOLE_DAYS = 31  # longer than anything is delivered late
DATA_DAYS = 366  # a night told of longer ago is no news, whoever runs it again
MEMORY = "remembered"
OFF, DUE, SENT, FAILED = "off", "due", "sent", "failed"
WEBHOOK = "webhook"  # to whom lines went that do not say so: there was nobody else
Line = dict[str, Any]


@dataclass
class Log:
    """The log while it is ours alone: what it remembers, and a way to add to it."""

    path: Path
    file: TextIO
    lines: list[Line] = field(default_factory=list)

    def write(self, lines: Sequence[Mapping[str, object]]) -> None:
        """Append lines, all of them or none. Raises DiskFull."""
        self.append("".join(json.dumps(line) + "\n" for line in lines))
        self.lines += [dict(line) for line in lines]

    def append(self, text: str) -> None:
        """Append text past Python's buffers, which would try once more while the file is closed."""
        file, data = self.file.fileno(), text.encode()
        before = os.fstat(file).st_size
        with needing_room(self.path, len(data)):
            try:
                while data:
                    data = data[os.write(file, data) :]
            except OSError:
                os.ftruncate(file, before)
                raise


@contextmanager
def locked_log(path: Path) -> Iterator[Log]:
    """The log at `path`, made where there is none (folder 0700, file 0600); no other process has it meanwhile."""
    with needing_room(path, 0):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = _open_alone(path)
    with file:
        log = Log(path, file)
        _read(log)
        yield log
        with suppress(DiskFull):  # what was to be written is; the next one rotates
            _rotate(log)


def _open_alone(path: Path) -> TextIO:
    while True:
        file = open(path, "a+", encoding="utf-8", errors="replace", opener=_private)  # noqa: SIM115 - closed by the caller
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()  # it was rotated away while we waited


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _read(log: Log) -> None:
    log.file.seek(0)
    text = ""
    for text in log.file:
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue  # cut off where a process was killed
        if isinstance(line, dict) and {"at", "key", "delivery"} <= line.keys():
            log.lines.append(line)
    if text and not text.endswith("\n"):
        log.append("\n")  # else the next line would go on with the half one


def _rotate(log: Log) -> None:
    """Begin a new log with the memory, once enough has come since the last. Killed anywhere, one of them stands."""
    remembered = sum(len(json.dumps(line)) + 1 for line in log.lines if line.get(MEMORY))
    if log.path.stat().st_size < remembered + ROTATE_BYTES:
        return
    partial = log.path.with_name(f".{log.path.name}.partial")
    with needing_room(log.path, log.path.stat().st_size):
        try:
            with open(partial, "w", encoding="utf-8", opener=_private) as fresh:
                fresh.writelines(json.dumps(line) + "\n" for line in _memory(log.lines))
                fresh.flush()
                os.fsync(fresh.fileno())
            _shelve(log.path)
            partial.replace(log.path)
        finally:
            partial.unlink(missing_ok=True)


def _memory(lines: Sequence[Line]) -> list[Line]:
    """One line a key, oldest first: all of it while it is young, less of it later, its key for good."""
    first: dict[str, Line] = {}
    for line in lines:
        first.setdefault(line["key"], line)
    owed = owed_to(lines)
    newest = max(datetime.fromisoformat(line["at"]) for line in lines)
    return [
        {**_kept(line, newest - datetime.fromisoformat(line["at"])), **_state(line, owed[key]), MEMORY: True}
        for key, line in first.items()
    ]


def owed_to(lines: Sequence[Line]) -> dict[str, list[str]]:
    """Each key with the names of those who have not got it yet; of a key's `lines` the first enters it."""
    owed: dict[str, list[str]] = {}
    for line in lines:
        key, names = line["key"], line.get("to", [WEBHOOK])
        if key not in owed:
            owed[key] = list(names) if line["delivery"] in {DUE, FAILED} else []
        elif line["delivery"] == SENT:
            owed[key] = [name for name in owed[key] if name not in names]
    return owed


def _state(line: Line, owed: list[str]) -> Line:
    if owed:
        return {"delivery": DUE, "to": owed}
    return {"delivery": OFF if line["delivery"] == OFF else SENT}


def _kept(line: Line, age: timedelta) -> Line:
    if age <= timedelta(days=WHOLE_DAYS):
        return line
    names = ("at", "key", "kind", "data") if age <= timedelta(days=DATA_DAYS) else ("at", "key")
    return {name: line[name] for name in names if name in line}


def _shelve(path: Path) -> None:
    """Copy the log to `.1`: never moved, so that at no moment there is none."""
    older = [path.with_name(f"{path.name}.{number}") for number in range(1, KEPT_LOGS + 1)]
    for source, target in reversed(list(pairwise(older))):
        if source.exists():
            source.replace(target)
    partial = path.with_name(f".{path.name}.1.partial")
    try:
        shutil.copyfile(path, partial)
        partial.chmod(0o600)
        partial.replace(older[0])
    finally:
        partial.unlink(missing_ok=True)
