"""`make demo`, twice at once and after one that was killed."""

import os
import subprocess
import sys
from pathlib import Path

from settings import ROOT

# The rest of the simulator's work takes long, and is the same for both.
DEMO = """
import sys
import orchestration.commands.replay as replay
from orchestration.commands.run import run_command
from simulator import FleetSpec, simulate
fleet = simulate(FleetSpec(machines=3, days=20))
replay.simulate = lambda spec: fleet
print("ready", flush=True)
sys.stdin.readline()
sys.exit(run_command(replay.ensure_drops))
"""


def test_two_at_once_and_one_that_was_killed_leave_one_fleet(tmp_path: Path) -> None:
    home = tmp_path / "it's [a] home"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    killed = home / f".drops.{gone.pid}.partial"
    killed.mkdir(parents=True)
    (killed / "PdM_errors.csv").write_text("half")
    env = {**os.environ, "NIGHTSHIFT_HOME": str(home)}
    env.pop("NIGHTSHIFT_DROPS", None)
    both = [
        subprocess.Popen([sys.executable, "-c", DEMO], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         text=True)
        for _ in range(2)
    ]  # fmt: skip
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait() for process in both] == [0, 0]
    assert [path.name for path in home.iterdir()] == ["drops"]
    assert {path.name for path in (home / "drops").iterdir()} >= {"PdM_telemetry.csv", "PdM_machines.csv"}
