"""A dbt command, run by the server that has dbt at hand: `python -I -S client.py SOCKET DBT build ...`.

Output, signals and exit code are those of the command. Where no server answers, this process becomes DBT itself. Only
the standard library is imported, so that it begins at once.
"""

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType

HANDED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOST = 1


def main() -> int:
    """Ask the server; returns the command's exit code."""
    address, dbt, args = sys.argv[1], sys.argv[2], sys.argv[3:]
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(address)
        except OSError:
            os.execv(dbt, [dbt, *args])
        came: list[int] = []
        for number in HANDED_ON:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda number, _: came.append(number))
        socket.send_fds(server, [b"!"], [sys.stdout.fileno(), sys.stderr.fileno()])
        request = {"args": args, "env": dict(os.environ), "folder": os.getcwd()}  # noqa: PTH109 - pathlib takes a while
        server.sendall(json.dumps(request).encode() + b"\n")
        answer = server.makefile("rb")
        child = int(answer.readline() or 0)
        if not child:
            return LOST
        _hand_on(child, came)
        code = int(answer.readline() or LOST)
    return 128 - code if code < 0 else code  # as shells say that a signal ended it


def _hand_on(child: int, came: list[int]) -> None:
    """From here on, give the command `child` each signal that comes, and those that came before it had begun."""

    def hand_on(number: int, _: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    for number in HANDED_ON:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, hand_on)
    for before in came:
        hand_on(before, None)


if __name__ == "__main__":
    sys.exit(main())
