"""How fast `make serve` answers about one machine: `python -m tests.benchmarks.serving HOME`.

HOME has been played by `make run`; its last night is published, and scored, again while questions go on. Locust asks
from a process of its own, so that server, load and night share the machine's cores. Answers are counted as Locust sees
them, in whole milliseconds; an answer that is no 200 is an error.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import httpx
from fastapi import FastAPI

from delivery.publishing.snapshots import PUBLISHED_DATABASE
from serving.app import make_app
from serving.guard.access import Access
from settings import ROOT, load_settings

PORT = 8099
ADDRESS = f"http://127.0.0.1:{PORT}"
LOAD = Path(__file__).with_name("serving_load.py")
PUBLISH = (
    "from steps.publish import publish_tables; from settings import load_settings; publish_tables(load_settings())"
)
UNBOUND = 1_000_000  # requests a second: the rate of one client is what is measured


@dataclass(frozen=True)
class Phase:
    """`per_second` questions by `users`, 0 as fast as answers come; `meanwhile` is run again and again, or once."""

    name: str
    users: int
    per_second: int = 0
    meanwhile: tuple[str, ...] = ()
    once: bool = False


def app() -> FastAPI:
    """The application as it is, but for the bound on one client's rate."""
    settings = load_settings()
    serving = settings.workspace.serving.model_copy(update={"requests_per_second": UNBOUND})
    workspace = settings.workspace.model_copy(update={"serving": serving})
    return make_app(settings.model_copy(update={"workspace": workspace}), Access())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--seconds", type=int, default=20, help="of each phase")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--phases", type=int, default=5, help="how many of them, from the first on")
    given = parser.parse_args()
    os.environ["NIGHTSHIFT_HOME"] = str(given.home.absolute())
    night = last_night(given.home)
    phases = (
        Phase("one after the other", 1),
        Phase("300 a second", 30, 300),
        Phase("as fast as it goes", 8),
        Phase("300 a second, publishing", 30, 300, (sys.executable, "-c", PUBLISH)),
        Phase(
            "30 a second, a whole night", 10, 30, (sys.executable, "-m", "orchestration.commands.night", night), True
        ),
    )
    with served(given.workers) as server:
        print("| asked | a second | p50, ms | p95, ms | p99, ms | CPU an answer, ms | answers | errors | meanwhile |")
        print("|---|---|---|---|---|---|---|---|---|")
        for phase in phases[: given.phases]:
            print(measured(phase, given.seconds, server), flush=True)


def last_night(home: Path) -> str:
    with duckdb.connect(str(home / "published" / PUBLISHED_DATABASE), read_only=True) as con:
        [(night,)] = con.execute("select max(as_of)::date::varchar from nights").fetchall()
    return str(night)


@contextmanager
def served(workers: int) -> Iterator[int]:
    command = [
        sys.executable, "-m", "uvicorn", "tests.benchmarks.serving:app", "--factory", "--port", str(PORT), "--workers",
        str(workers), "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(200):
            time.sleep(0.2)
            try:
                if httpx.get(f"{ADDRESS}/nights").status_code == 200:
                    break
            except httpx.TransportError:
                continue
        yield server.pid
    finally:
        server.terminate()
        server.wait()


def measured(phase: Phase, seconds: int, server: int) -> str:
    """One row of the table."""
    before = cpu_seconds(server)
    load = start_load(phase, seconds)
    runs, failed = run_meanwhile(phase, lambda: load.poll() is None)
    told = ended(load) if phase.once else load.communicate()[0]
    [stats] = [one for one in json.loads(told) if one["name"] == "/predict"]
    times = {float(ms): count for ms, count in stats["response_times"].items()}
    took = stats["last_request_timestamp"] - stats["start_time"]
    done = f"{runs} runs, {failed} failed" if phase.meanwhile else ""
    p50, p95, p99 = (f"{percentile(times, share):.0f}" for share in (0.5, 0.95, 0.99))
    answers, errors = stats["num_requests"], stats["num_failures"]
    cpu = f"{1000 * (cpu_seconds(server) - before) / answers:.1f}"
    return f"| {phase.name} | {answers / took:.0f} | {p50} | {p95} | {p99} | {cpu} | {answers:,} | {errors} | {done} |"


def cpu_seconds(process: int) -> float:
    """What a process and its children have used of the processors: other work on the machine adds nothing to it."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    used = 0
    for pid in (str(process), *children):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


def ended(load: "subprocess.Popen[str]") -> str:
    """What it has counted, in JSON; Locust tells it when it is asked to end."""
    if load.poll() is None:
        load.terminate()
    return load.communicate()[0]


def start_load(phase: Phase, seconds: int) -> "subprocess.Popen[str]":
    per_user = phase.per_second / phase.users
    command = [
        sys.executable, "-m", "locust", "-f", str(LOAD), "--headless", "--users", str(phase.users), "--spawn-rate",
        str(phase.users), "--host", ADDRESS, "--json", "--loglevel", "ERROR", "--reset-stats",
        *(() if phase.once else ("--run-time", f"{seconds}s")),
    ]  # fmt: skip
    env = {**os.environ, "ASKED_PER_USER": str(per_user)}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def run_meanwhile(phase: Phase, goes_on: Callable[[], bool]) -> tuple[int, int]:
    """How often the command was run, and how often it failed; one that runs once ends the load."""
    runs = failed = 0
    if not phase.meanwhile:
        return 0, 0
    time.sleep(3)
    while goes_on():
        done = subprocess.run(phase.meanwhile, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        runs, failed = runs + 1, failed + bool(done.returncode)
        if phase.once:
            break
    return runs, failed


def percentile(times: dict[float, int], share: float) -> float:
    """The time below which this share of the answers came, of times with their counts."""
    left = share * sum(times.values())
    for ms in sorted(times):
        left -= times[ms]
        if left <= 0:
            return ms
    return max(times, default=float("nan"))


if __name__ == "__main__":
    main()
