"""Starts one command and says what it took, as JSON: `launcher.py LOG MOST_BYTES COMMAND...`; 0 bytes are no limit."""

import json
import os
import signal
import subprocess
import sys
import threading
import time


def main(log: str, most_bytes: int, command: list[str]) -> None:
    with open(log, "w") as out:  # noqa: PTH123 - as few imports as can be: what this process holds counts as the child's
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        if most_bytes:
            threading.Thread(target=stop_beyond, args=(process.pid, most_bytes), daemon=True).start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    stopped = bool(most_bytes) and peak > most_bytes
    code = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    told = {"seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak, "exit_code": code, "stopped": stopped}
    print(json.dumps(told))


def stop_beyond(pid: int, most_bytes: int) -> None:
    while True:
        found = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
        if not found.strip():
            return
        if int(found) * 1024 > most_bytes:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
