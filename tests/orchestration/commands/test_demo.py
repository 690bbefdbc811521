"""`make demo`, twice at once and after one that was killed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.commands.replay import ensure_drops
from settings import ROOT, SettingsError, load_settings

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


def test_no_demo_is_made_for_a_fleet_of_another_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"DBT_PROJECT_DIR": str(ROOT / "fleets/presses"), "NIGHTSHIFT_HOME": str(tmp_path)}
    monkeypatch.delenv("NIGHTSHIFT_DROPS")
    with pytest.raises(SettingsError, match=r"^There are no raw files of fleets/presses in .*drops: put them there"):
        ensure_drops(load_settings(env=env))
    assert not (tmp_path / "drops").exists()
