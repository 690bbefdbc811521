"""Landing from the command line, and the warehouse that is held by somebody else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT
from tests.ingestion.landing_kit import ROW, TELEMETRY, Kit
from warehouse.connection import WarehouseBusy, WarehouseError, connect


def _run(kit: Kit) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NIGHTSHIFT_HOME": str(kit.warehouse.parent), "NIGHTSHIFT_DROPS": str(kit.drops)}
    argv = [sys.executable, "-m", "ingestion"]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_command_says_what_landed_and_fails_when_a_file_is_refused(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    missing = _run(kit)
    assert missing.returncode == 1
    assert missing.stderr.startswith("No telemetry file has landed")
    kit.drop("PdM_telemetry.csv", TELEMETRY + ROW)
    fine = _run(kit)
    assert fine.returncode == 0
    assert "landed PdM_telemetry.csv: 1 row" in fine.stdout
    kit.drop("PdM_errors.csv", "")
    refused = _run(kit)
    assert refused.returncode == 1
    assert "REFUSED PdM_errors.csv is empty" in refused.stdout


def test_a_held_warehouse_names_the_file_and_the_holder(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    script = f"import duckdb, sys; con = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WarehouseBusy, match=rf"w\.duckdb is held by process {holder.pid}"):
            connect(path, wait_seconds=0.3)
    finally:
        holder.communicate("")
    connect(path, wait_seconds=0.3).close()


def test_a_missing_or_foreign_file_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="land the raw files first"):
        connect(tmp_path / "none.duckdb", read_only=True)
    (tmp_path / "w.duckdb").write_text("not a database " * 999)
    with pytest.raises(WarehouseError, match="cannot be opened"):
        connect(tmp_path / "w.duckdb")


def test_the_session_is_utc_and_the_folder_is_made(tmp_path: Path) -> None:
    con = connect(tmp_path / "a" / "b" / "w.duckdb")
    assert con.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)
    con.close()
