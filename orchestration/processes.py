"""Whether the process that logged an event still runs, or its id has been given to another."""

import os
import time
from pathlib import Path

SLACK_SECONDS = 2.0  # the kernel's clock ticks


def is_alive(pid: int, since: float) -> bool:
    """Whether the process `pid` that was seen at `since` (seconds since 1970) still runs.

    Process ids are reused, after a reboot at once: where the system says when a process began, one that began after
    `since` is another.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    began = _began(pid)
    return began is None or began <= since + SLACK_SECONDS


def _began(pid: int) -> float | None:
    """When a process began, in seconds since 1970; infinity for a zombie, None where the system does not say."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        uptime = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError):
        return None
    if state in "ZX":
        return float("inf")
    return time.time() - uptime + int(fields[18]) / os.sysconf("SC_CLK_TCK")
