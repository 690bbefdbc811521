"""One writer at a time, with real processes: who comes second waits, says for whom, and gives up with a sentence."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from ingestion import land
from settings import ROOT
from tests.dbt.dbt_kit import Nightshift
from warehouse.connection import WarehouseBusy, connect, wait_for

PROJECT = ("workspace.toml", "dbt_project.yml", "profiles.yml")
HOLD = (
    "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'reader'); "
    "print('held', flush=True); sys.stdin.read()"
)
DBT = [str(Path(sys.executable).with_name("dbt")), "run", "--select", "fleet_clock"]
LAND = [sys.executable, "-m", "ingestion"]


@pytest.fixture(scope="module")
def home(drops: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with landed drops and what `fleet_clock` reads, for every test here."""
    writers = Nightshift(tmp_path_factory.mktemp("writers"))
    land(drops, writers.home / "warehouse.duckdb", writers.fleet)
    writers.dbt("run", "--select", "+fleet_clock")
    return writers.home


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose writers wait one second only."""
    folder = tmp_path_factory.mktemp("project")
    for name in PROJECT:
        shutil.copy(ROOT / name, folder)
    for room in ("settings", "dbt_project", "ingestion", "warehouse"):
        shutil.copytree(ROOT / room, folder / room)
    settings = (folder / "workspace.toml").read_text()
    assert "wait_seconds = 300" in settings
    (folder / "workspace.toml").write_text(settings.replace("wait_seconds = 300", "wait_seconds = 1"))
    return folder


@contextmanager
def held(path: Path, role: str) -> Iterator[subprocess.Popen[str]]:
    """Another process with the file open, until its standard input is closed."""
    command = [sys.executable, "-c", HOLD, str(path), role]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.stdin.close()
            holder.wait()


def environment(home: Path, drops: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    paths = {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(drops)}
    logs = {"DBT_TARGET_PATH": str(home / "dbt"), "DBT_LOG_PATH": str(home / "dbt"), "DO_NOT_TRACK": "1"}
    return {**kept, **paths, **logs}


@pytest.mark.parametrize(("command", "role"), [(DBT, "writer"), (LAND, "reader")])
def test_the_second_process_waits_says_for_whom_and_goes_on(
    command: list[str], role: str, home: Path, drops: Path
) -> None:
    with held(home / "warehouse.duckdb", role) as holder:
        waiting = subprocess.Popen(
            command, cwd=ROOT, env=environment(home, drops), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert waiting.stdout is not None
        told = ""
        for line in waiting.stdout:
            told += line
            if f"waiting for process {holder.pid} " in line:
                assert f"which holds {home / 'warehouse.duckdb'}; giving up after 300 s" in line
                break
        assert waiting.poll() is None, told
    told += waiting.communicate()[0]
    assert waiting.returncode == 0, told
    assert told.count("waiting for process") == 1


@pytest.mark.parametrize(
    ("command", "role"),
    [(DBT, "writer"), (LAND, "writer"), (LAND, "reader"), pytest.param(DBT, "reader", marks=pytest.mark.slow)],
)
def test_who_waited_long_enough_names_the_holder(
    command: list[str], role: str, project: Path, home: Path, drops: Path
) -> None:
    with held(home / "warehouse.duckdb", role) as holder:
        done = subprocess.run(
            command, cwd=project, env=environment(home, drops), capture_output=True, text=True, check=False
        )
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert f"warehouse.duckdb is held by process {holder.pid} (" in said
    assert "was not free within 1 s: let it finish or close it, then run again" in said
    assert "Traceback" not in said


def test_a_reader_waits_for_the_writer_too(home: Path) -> None:
    with (
        held(home / "warehouse.duckdb", "writer") as holder,
        pytest.raises(WarehouseBusy, match=f"is held by process {holder.pid} "),
    ):
        connect(home / "warehouse.duckdb", read_only=True, wait_seconds=0.5)


def test_a_file_that_was_replaced_while_it_was_opened_is_not_written_to(tmp_path: Path) -> None:
    """Compaction swaps the file under the lock: whoever opened the old one a moment before must not keep it."""
    path, compacted = tmp_path / "w.duckdb", tmp_path / "compacted.duckdb"
    for file in (path, compacted):
        duckdb.connect(str(file)).execute(f"create table {file.stem} as select 1 as x").close()

    def open_and_be_overtaken() -> duckdb.DuckDBPyConnection:
        con = duckdb.connect(str(path))
        if compacted.exists():
            compacted.replace(path)
        return con

    with wait_for(path, 5, open_and_be_overtaken) as con:
        assert con.execute("select table_name from duckdb_tables()").fetchall() == [("compacted",)]
