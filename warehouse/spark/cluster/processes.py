"""A group of processes that end together, with all that they have started."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.1
END_SECONDS = 20.0


class ProcessGroup:
    """A process group whose members, and all that they start, end when this process does, however it ends.

    A guard, a shell in that group, waits at a pipe that only this process holds open: when it closes, even by a
    SIGKILL, the guard kills the group and itself. A terminal's Ctrl-C reaches this process alone.
    """

    def __init__(self) -> None:
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", "read _; kill -KILL 0"], stdin=subprocess.PIPE, process_group=0
        )
        self._members: list[subprocess.Popen[bytes]] = []

    @property
    def number(self) -> int:
        """The process group's id, which is the guard's process id."""
        return self._guard.pid

    def start(
        self, command: list[str], env: Mapping[str, str], log: Path, folder: Path, keep_open: int
    ) -> subprocess.Popen[bytes]:
        """Start a member in `folder`; its output goes to `log`, and it inherits the file descriptor `keep_open`."""
        with log.open("wb") as file:
            member = subprocess.Popen(
                command, env=dict(env), cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                process_group=self.number, pass_fds=(keep_open,),
            )  # fmt: skip
        self._members.append(member)
        return member

    def end(self) -> None:
        """Kill every member and its descendants. Raises TimeoutError where one is left after END_SECONDS."""
        if self._guard.returncode is not None:
            return
        running = living(self.number)
        os.killpg(self.number, signal.SIGKILL)
        kill(running)
        for member in [*self._members, self._guard]:
            member.wait()
        wait_until(lambda: not _table().keys() & running, END_SECONDS, "the end of the cluster's processes")


def kill(pids: Iterable[int]) -> None:
    """SIGKILL the processes of `pids` that still run."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Return as soon as `condition()` holds. Raises TimeoutError, naming `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(POLL_SECONDS)


def living(group: int) -> list[int]:
    """Ids of a group's running processes and their descendants, whatever group those are in. Needs Linux's /proc."""
    table = _table()
    return [pid for pid in table if group in (table[pid][1], *_groups_above(pid, table))]


def descendants(pid: int) -> list[int]:
    """Ids of the running processes that `pid` started, directly or not. Needs Linux's /proc."""
    table, found = _table(), [pid]
    for parent in found:
        found += [child for child, (above, _) in table.items() if above == parent]
    return found[1:]


def _groups_above(pid: int, table: Mapping[int, tuple[int, int]]) -> list[int]:
    groups: list[int] = []
    while (pid := table[pid][0]) in table:
        groups.append(table[pid][1])
    return groups


def _table() -> dict[int, tuple[int, int]]:
    """Parent and group of each running process, by process id."""
    table = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, group, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if state not in "ZX":
            table[int(folder.name)] = (int(parent), int(group))
    return table
