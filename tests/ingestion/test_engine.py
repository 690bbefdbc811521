"""Which engine a workspace is on: what is missing for Spark is said before anything starts, and DuckDB pays nothing."""

import importlib.util
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from ingestion.engine import describe_engine, require_engine, show_tables
from settings import ROOT, Settings, load_settings
from warehouse.compaction import compact
from warehouse.connection import WarehouseError, connect, copy_raw
from warehouse.spark.ports import require_server
from warehouse.spark.preflight import java_version


def on(target: str, home: Path) -> Settings:
    return load_settings(env={"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_TARGET": target})


def test_duckdb_needs_and_imports_nothing_of_spark(tmp_path: Path) -> None:
    settings = on("duckdb", tmp_path)
    require_engine(settings)
    show_tables(settings)
    assert describe_engine(settings).startswith("duckdb 2.")
    code = (
        "import sys, orchestration.definitions, ingestion.__main__; from ingestion.engine import *;"
        "sys.exit(any(name.startswith('warehouse.spark') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_spark_that_is_not_installed_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WarehouseError, match="needs pyspark, which is not installed: run `make setup-spark`"):
        require_engine(on("spark", tmp_path))


def _java(folder: Path, script: str) -> None:
    (folder / "bin").mkdir()
    (folder / "bin/java").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin/java").chmod(0o755)


@pytest.mark.parametrize(
    ("said", "is_what"),
    [('openjdk version "1.8.0_292"', "is 1.8.0_292"), ('java version "11.0.2" 2019-01-15', "is 11.0.2"),
     ("not a java", "is not a java")],
)  # fmt: skip
def test_a_java_that_is_too_old_is_named(
    said: str, is_what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _java(tmp_path, f"echo '{said}' >&2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(
        WarehouseError, match=f"needs Java 17 or later, and {tmp_path}/bin/java {is_what}: install a JRE"
    ):
        java_version()


def test_a_java_that_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _java(tmp_path, "echo 'openjdk version \"21.0.1\" 2023-10-17' >&2")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert java_version() == "21.0.1"


def test_no_java_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WarehouseError, match="needs Java, and there is none: install a JRE"):
        java_version()


def test_a_cluster_that_does_not_answer_is_said_at_once() -> None:
    with pytest.raises(
        WarehouseError, match=r"No Thrift server answers at 127\.0\.0\.1:1 .*name another in NIGHTSHIFT_X"
    ):
        require_server("Thrift server", "127.0.0.1", 1, "NIGHTSHIFT_X")


def test_a_window_is_copied_and_compacted_like_tables(tmp_path: Path) -> None:
    """What the warehouse of a workspace on Spark holds: views over Parquet files, beside Python's own tables."""
    window, parquet = tmp_path / "window.duckdb", tmp_path / "telemetry.parquet"
    with connect(window) as con:
        con.execute(
            f"copy (select timestamp '2025-01-01' + interval 1 day * i as datetime from range(3) r(i)) to '{parquet}'"
        )
        con.execute("create schema raw")
        con.execute(f"create view raw.telemetry as select * from read_parquet('{parquet}')")
        con.execute("create table raw.landed_files as select 1 as _file_id")
        con.execute("""create schema state; create table state.finished_builds as select 0 as from_us, 'x' as meaning,
            datetime as built_until, 1 as last_file_id, datetime as known_until, null as restated_from_us
            from raw.telemetry limit 1""")
        con.execute("create schema ml; create table ml.nights as from range(500000)")
        con.execute("delete from ml.nights where range > 0")
    copy_raw(window, tmp_path / "copy.duckdb", datetime(2025, 1, 2))
    with connect(tmp_path / "copy.duckdb") as con:
        assert con.execute("select count(*) from raw.telemetry").fetchone() == (2,)
        assert con.execute("select count(*) from raw.landed_files").fetchone() == (1,)
        assert con.execute("select last_file_id from state.finished_builds").fetchone() == (1,)
        assert con.execute("select count(*) from duckdb_views() where schema_name = 'raw'").fetchone() == (0,)
    compact(window, waste=0.1)
    with connect(window) as con:
        assert con.execute("select count(*) from raw.telemetry").fetchone() == (3,)
        assert con.execute("from ml.nights").fetchall() == [(0,)]
