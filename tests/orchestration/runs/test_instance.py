"""Plain `dagster` shows our runs and knows our pool, or says in a sentence why it cannot."""

import os
import stat
import subprocess
import sys
import threading
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest

from orchestration.runs import instance
from orchestration.runs.instance import plain_dagster, plain_instance
from settings import ROOT, SettingsError
from simulator import FleetSpec, simulate, write_drops


def test_a_dagster_home_of_the_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match=r"^DAGSTER_HOME = .*unset DAGSTER_HOME"), plain_dagster():
        pass


def test_a_tilde_that_dagster_would_take_for_a_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("NIGHTSHIFT_DAGSTER", "~/x/dagster")
    with pytest.raises(SettingsError, match=r"^NIGHTSHIFT_HOME begins with ~.*export NIGHTSHIFT_HOME"), plain_dagster():
        pass


def test_a_home_that_is_mounted_read_only_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSHIFT_DAGSTER", str(tmp_path / "dagster"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SettingsError, match=rf"^{tmp_path} cannot be written to.* NIGHTSHIFT_HOME"), plain_instance():
        pass


def test_records_are_made_by_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSHIFT_DAGSTER", str(tmp_path / "home/dagster"))
    both = threading.Barrier(2)
    met: list[bool] = []

    def opening(*_: Path) -> nullcontext[None]:
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=0.3)
            met.append(True)
        return nullcontext()

    monkeypatch.setattr(instance, "open_instance", opening)

    def command() -> None:
        with plain_instance():
            pass

    commands = [threading.Thread(target=command) for _ in range(2)]
    for one in commands:
        one.start()
    for one in commands:
        one.join()
    assert not met


def test_what_commands_make_under_a_home_is_private(tmp_path: Path) -> None:
    """A home called by a tilde, landed and built by real commands: nothing in it is for others, no folder is `~`."""
    home = tmp_path / "me/x"
    write_drops(simulate(FleetSpec(machines=3, days=20, seed=1)), tmp_path / "drops")
    env = {
        **os.environ,
        "HOME": str(tmp_path / "me"),
        "NIGHTSHIFT_HOME": "~/x",
        "NIGHTSHIFT_DROPS": str(tmp_path / "drops"),
    }
    for name in ("NIGHTSHIFT_DAGSTER", "NIGHTSHIFT_COMPUTE_LOGS"):
        env.pop(name, None)
    code = (
        "import sys; from orchestration.commands.run import run_command, run_job\n"
        "from orchestration.runs.instance import workspace_instance\n"
        "def build(settings):\n"
        "    with workspace_instance() as instance:\n"
        "        return run_job(settings, instance, 'build').success\n"
        "sys.exit(run_command(build))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, umask=0o022, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (home / "warehouse.duckdb").exists()
    assert (home / "dagster/history").is_dir()
    assert not (ROOT / "~").exists()
    open_to_others = [
        path for path in (home, *home.rglob("*")) if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]
    assert not open_to_others, [(path, stat.filemode(path.stat().st_mode)) for path in open_to_others[:5]]
