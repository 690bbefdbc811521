"""A file that asks for too much, leads out, or meets a full disk costs itself only, and is told in a sentence."""

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from ingestion import LandingError
from ingestion.discover import Drop
from ingestion.errors import RefusedError
from ingestion.troubles import file_troubles_reported, troubles_reported
from settings import ROOT
from tests.ingestion.landing_kit import ROW, TELEMETRY, Kit

FEEDBACK = "datetime,machineID,comp,verdict"


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


@pytest.mark.parametrize("name", ["PdM_feedback.csv", "PdM_telemetry_0.csv"])
@pytest.mark.parametrize(
    "header",
    [
        FEEDBACK + "," * 3_000,
        FEEDBACK + "," * 100_000,
        FEEDBACK + "," * 1_000_000,
        FEEDBACK + ',"' + "x" * 200_000 + '"',
        FEEDBACK + ("," + "x" * 100) * 1_500,
        FEEDBACK + ',"' + "x\n" * 30_000,
        "x" * 5_000_000,
    ],
    ids=[
        "cells",
        "many cells",
        "a million cells",
        "a long name",
        "long names",
        "a name of many lines",
        "one long line",
    ],
)
def test_a_header_that_no_file_has_is_refused_at_once(kit: Kit, header: str, name: str) -> None:
    kit.drop(name, f"{header}\n2025-01-01 06:00:00,1,comp1,replaced\n")
    began = time.monotonic()
    summary = kit.landed(TELEMETRY + ROW)
    assert time.monotonic() - began < 10
    assert len(summary.refused) == 1
    assert len(summary.refused[0]) < 250
    assert summary.totals["telemetry"] == 1


def test_a_line_without_an_end_is_refused(kit: Kit) -> None:
    kit.drop("PdM_telemetry_0.csv", TELEMETRY + ROW + "9" * 5_000_000 + "\n")
    summary = kit.landed(TELEMETRY + ROW)
    assert "has a line 3 of more than 2,097,152 characters" in summary.refused[0]
    assert summary.totals["telemetry"] == 1


def test_too_little_memory_is_a_sentence(kit: Kit) -> None:
    """A real landing in a process whose DuckDB may take little: refused or landed, never a traceback."""
    rows = "".join(f"2025-01-01 {h:02}:{m:02}:{s:02},{'m' * 400}{s},1,1,1,1\n"
                   for h in range(24) for m in range(60) for s in range(0, 60, 2))  # fmt: skip
    kit.drop("PdM_telemetry.csv", TELEMETRY + rows)
    kit.drop("PdM_telemetry_2.csv", TELEMETRY + ROW)
    code = """
import sys, warehouse.connection as c, ingestion.sink as sink
real = c.connect
def small(*a, **k):
    con = real(*a, **k)
    con.execute("set max_temp_directory_size = '1MB'")
    return con
sink.connect, sink.LANDING_MEMORY = small, "60MB"
from ingestion.__main__ import main
sys.exit(main())
"""
    env = {**os.environ, "NIGHTSHIFT_HOME": str(kit.warehouse.parent), "NIGHTSHIFT_DROPS": str(kit.drops)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "memory" in done.stdout + done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("error", [MemoryError(), duckdb.OutOfMemoryException("Out of Memory Error: failed")])
def test_no_memory_for_one_file_refuses_it_and_elsewhere_ends_in_a_sentence(tmp_path: Path, error: Exception) -> None:
    (tmp_path / "telemetry.csv").write_text("x")
    with (
        pytest.raises(RefusedError, match="takes more memory than there is"),
        file_troubles_reported(Drop(tmp_path / "telemetry.csv", "telemetry", "csv")),
    ):
        raise error
    with pytest.raises(LandingError, match="not enough memory"), troubles_reported(tmp_path):
        raise error


def test_a_full_disk_is_a_sentence_and_the_next_landing_is_well(kit: Kit) -> None:
    """A real process whose files may not grow: what a full disk does to a database."""
    kit.landed(TELEMETRY + ROW)
    rows = "".join(f"2025-01-{d:02} {h:02}:{m:02}:00,{n},{d * h},{m}.5,{n},1\n"
                   for d in range(1, 29) for h in range(24) for m in range(0, 60, 5) for n in range(10))  # fmt: skip
    kit.drop("PdM_telemetry_2.csv", TELEMETRY + rows)
    env = {**os.environ, "NIGHTSHIFT_HOME": str(kit.warehouse.parent), "NIGHTSHIFT_DROPS": str(kit.drops)}
    limit = kit.warehouse.stat().st_size + 300_000
    code = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
sys.dont_write_bytecode = True
from ingestion.__main__ import main
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    assert f"There is no room left where {kit.warehouse.parent} lies" in done.stderr
    assert kit.rows("select count(*) from raw.telemetry") == [(1,)]
    assert not kit.land().refused
    assert kit.rows("select count(*) from raw.telemetry")[0][0] > 80_000


def test_a_link_out_of_the_drops_folder_is_refused_and_tells_nothing(kit: Kit, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("password,hunter2\nmore,of,it\n")
    (kit.drops / "PdM_errors.csv").symlink_to(secret)
    (kit.drops / "PdM_telemetry_copy.csv").symlink_to(kit.drops / "PdM_telemetry.csv")
    summary = kit.landed(TELEMETRY + ROW)
    [sentence] = summary.refused
    assert sentence.startswith("PdM_errors.csv is a link that leads out of the drops folder")
    assert "hunter2" not in "\n".join(summary.lines())
    assert summary.skipped == ("PdM_telemetry_copy.csv (as PdM_telemetry.csv)",)


@pytest.mark.parametrize("name", ["errors.csv", "errors.csv.gz", "errors.parquet", "telemetry_0.csv"])
@pytest.mark.parametrize("content", [b"hunter2,is,secret\nhunter2\n", b"\xffhunter2\n", b"hunter2"])
def test_a_refusal_does_not_quote_the_file(kit: Kit, name: str, content: bytes) -> None:
    kit.drop(name, content)
    summary = kit.landed(TELEMETRY + ROW)
    [sentence] = summary.refused
    assert name in sentence
    assert "hunter2" not in sentence


def test_a_file_of_readings_is_no_register(kit: Kit) -> None:
    kit.drop("machines_telemetry.csv", TELEMETRY + ROW)
    [sentence] = kit.landed(TELEMETRY + ROW).refused
    assert "rename it after its feed" in sentence
