"""Landing onto Spark's tables: what DuckDB's would hold, whatever is delivered, corrected, refused or cut off."""

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ingestion.spark.landing
from ingestion import LandedFile, LandingError
from ingestion.engine import land_drops
from settings import ROOT
from tests.dbt.dbt_kit import columns, feed_of, write_csv
from tests.dbt.fleets import golden_fleet, make_fleet
from tests.ingestion.landing_kit import MACHINES, ROW, TELEMETRY, fleet
from tests.spark.landing_kit import Engines, raw_tables, workspace
from warehouse.connection import WarehouseError, open_warehouse
from warehouse.spark.duckdb_views import refresh_views
from warehouse.spark.lake import lake_tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

QUARTER = ROOT / "../shared/data/azure_pdm"
ERRORS = "datetime,machineID,errorID\n"


@pytest.fixture
def both(session: "SparkSession", tmp_path: Path) -> Engines:
    return Engines(tmp_path, session)


def test_the_public_quarter(session: "SparkSession", tmp_path: Path) -> None:
    if not QUARTER.is_dir():
        pytest.skip(f"the public data set does not lie in {QUARTER}")
    summary = Engines(tmp_path, session, QUARTER).land()
    assert summary.totals["telemetry"] == 221_500


def test_every_trouble_and_a_second_delivery(both: Engines) -> None:
    for name, rows in golden_fleet().items():
        write_csv(both.drops / name, columns(feed_of(name), fleet()), rows)
    summary = both.land()
    assert any(file.duplicates for file in summary.landed)
    assert summary.rejected["telemetry"]
    assert any("not in the machines file" in note for note in summary.notes)
    assert any("vars.error_codes (dbt_project.yml:" in note and " lacks" in note for note in summary.notes)
    again = both.land()
    assert not again.landed
    assert len(again.skipped) == len(summary.landed)


@pytest.mark.parametrize("seed", [3, 4])
def test_deliveries_that_overlap(both: Engines, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each day's file repeats the day before it and corrects some of it; every second file is put away by itself."""
    monkeypatch.setattr(ingestion.spark.landing, "FLUSH_ROWS", 300)
    drops = make_fleet([[], [seed, 9], [12, 13], [10]], hours=96, seed=seed)
    for name, rows in drops.items():
        if feed_of(name) != "telemetry":
            write_csv(both.drops / name, columns(feed_of(name), fleet()), rows)
    telemetry = [row for name, rows in drops.items() if feed_of(name) == "telemetry" for row in rows]
    landed: list[LandedFile] = []
    days = sorted({row["datetime"].date() for row in telemetry})
    for number, (before, day) in enumerate(pairwise(days)):
        part = [dict(row) for row in telemetry if row["datetime"].date() in (before, day)]
        for row in part[number::7]:
            row["volt"] = 1.5 if number % 2 else 2.5
        write_csv(both.drops / f"telemetry_{day}.csv", columns("telemetry", fleet()), part)
        if number % 2:
            landed += both.land().landed
    landed += both.land().landed
    assert any(file.duplicates for file in landed)


def test_a_correction_set_back_is_news_again(both: Engines) -> None:
    both.drop({"machines.csv": MACHINES, "telemetry1.csv": TELEMETRY + ROW})
    both.land()
    both.drop({"telemetry2.csv": TELEMETRY + ROW.replace("170", "171")})
    both.land()
    both.drop({"telemetry3.csv": TELEMETRY + ROW + "\n", "telemetry4.csv": TELEMETRY + ROW + "\n\n"})
    summary = both.land()
    assert [(file.rows, file.duplicates) for file in summary.landed] == [(1, 0), (0, 1)]
    both.drop({"telemetry5.csv": TELEMETRY + ROW + "\n\n\n"})
    assert [(file.rows, file.duplicates) for file in both.land().landed] == [(0, 1)]


def test_rejected_rows_and_refused_files(both: Engines) -> None:
    odd = ROW.replace("170", "much") + ROW.replace("06:00", "07:00") + "short,row\n" + ROW.replace("06:00", "07:00")
    both.drop({"machines.csv": MACHINES, "telemetry.csv": TELEMETRY + odd, "errors.csv": "datetime,errorID\n"})
    summary = both.land()
    assert summary.rejected["telemetry"] == 2
    assert [found.kind for found in summary.findings] == ["unreadable", "rows rejected"]
    assert len(summary.refused) == 1
    refused = "select feed, file from raw.refused_files"
    assert both.session.sql(refused).collect() == [("errors", "errors.csv")]
    both.drop({"errors.csv": "datetime,machineID,errorID\n"})
    both.land()
    assert both.session.sql(refused).collect() == []


def test_a_necessary_feed_that_never_came(both: Engines) -> None:
    both.drop({"machines.csv": MACHINES})
    with pytest.raises(LandingError, match=r"No telemetry file .*PdM_telemetry\.csv"):
        land_drops(both.spark)


def test_a_new_sensor_becomes_a_column(both: Engines) -> None:
    both.drop({"machines.csv": MACHINES, "telemetry.csv": TELEMETRY + ROW})
    both.land()
    assert not both.land("oil").landed
    later = ROW.replace("06:", "07:").replace("\n", ",5\n")
    both.drop({"telemetry2.csv": TELEMETRY.replace("\n", ",oil\n") + later})
    both.land("oil")
    assert both.session.sql("select oil from raw.telemetry order by datetime").collect() == [(None,), (5.0,)]


def test_a_day_is_one_file_and_spark_reads_what_python_reads(both: Engines) -> None:
    rows = [ROW.replace("01-01", f"01-{day:02}").replace("06:", f"{hour:02}:") for day in (1, 2) for hour in range(24)]
    both.drop({"machines.csv": MACHINES, "telemetry.csv": TELEMETRY + "".join(rows)})
    both.land()
    assert len(lake_tables(both.session, "raw")["telemetry"].files()) == 2
    found = both.session.sql("select day, _file_id, count(*) from raw.telemetry group by all order by all").collect()
    assert [(str(row[0]), *row[1:]) for row in found] == [("2025-01-01", 2, 24), ("2025-01-02", 2, 24)]
    entered = both.session.sql("select _file_id, feed, rows from raw.landed_files order by 1").collect()
    assert entered == [(1, "machines", 2), (2, "telemetry", 48)]


def test_what_is_odd_is_found_and_set_aside_alike(both: Engines) -> None:
    """Findings, merged rows, a removed reading, a lone row that lands once others reach there, on both engines."""
    rows = [f"2025-01-{day:02} {hour:02}:00:00,1,170,440,100,40\n" for day in range(1, 8) for hour in range(24)]
    odd = "2025-01-01 00:30:00,1,NA,oops,-9999,1e15\n2025-01-01 00:30:00,2,5,,,\n2025-01-01 00:30:00,2,,6,,\n"
    far = "2025-03-20 00:00:00,1,1,1,1,1\n"
    both.drop({"machines.csv": MACHINES, "telemetry1.csv": TELEMETRY + "".join(rows) + odd + far})
    kinds = {found.kind for found in both.land().findings}
    assert kinds == {"missing word", "unreadable", "outside range", "implausible time"}
    both.drop({"telemetry2.csv": TELEMETRY + "2025-01-01 00:30:00,2,removed,6,,\n2025-01-01 00:30:00,1,,,,\n"})
    assert [file.duplicates for file in both.land().landed] == [1]
    late = [row.replace("2025-01", "2025-03").replace("-03-0", "-03-1") for row in rows]
    both.drop({"telemetry3.csv": TELEMETRY + "".join(late)})
    both.land()
    [again] = both.land().landed
    assert (again.file, again.rows, again.held) == ("telemetry1.csv", 1, 0)


def test_the_columns_stand_in_the_order_of_duckdb(both: Engines) -> None:
    both.drop({"machines.csv": MACHINES, "telemetry.csv": TELEMETRY + ROW, "errors.csv": ERRORS})
    both.land()
    listed = []
    for settings in (both.spark, both.duck):
        with open_warehouse(settings, read_only=True) as con:
            listed.append(con.execute(
                "select table_name, column_name, data_type from information_schema.columns where table_schema = 'raw' "
                "order by table_name, ordinal_position").fetchall())  # fmt: skip
    assert listed[0] == listed[1]


def test_the_window_shows_what_is_there_now(both: Engines) -> None:
    both.drop({"machines.csv": MACHINES, "telemetry.csv": TELEMETRY + ROW})
    both.land()
    run = both.session.sql
    run(f"create schema main location '{both.spark.paths.lake}/main.db'")
    run("create table main.told (a string, n int, day date) using parquet partitioned by (day)")
    run("create view main.seen as select * from main.told")
    run("create table main.gone using parquet as select 1 as a")
    run(f"create schema ml location '{both.spark.paths.lake}/ml.db'")
    run("""create table ml.prediction_log (machine_id string, as_of timestamp_ntz, model_version string,
        features_hash string, scored_at timestamp_ntz, day date, batch string)
        using parquet partitioned by (day, batch)""")
    refresh_views(both.spark, both.session)
    run("drop table main.gone")
    run("insert into main.told values ('x', 1, date'2025-01-01')")
    at = "timestamp_ntz'2025-01-01 06:00:00'"
    for hour, batch in ((7, "first"), (8, "second")):
        scored = f"timestamp_ntz'2025-01-01 0{hour}:00:00'"
        run(f"insert into ml.prediction_log values ('m', {at}, '1', 'h', {scored}, date'2025-01-01', '{batch}')")
    refresh_views(both.spark, both.session)
    with open_warehouse(both.spark, read_only=True) as con:
        assert con.execute("from main.told").fetchall() == [("x", 1)]
        assert [row[4].hour for row in con.execute("from ml.prediction_log").fetchall()] == [8]
        shown = con.execute("select view_name from duckdb_views() where schema_name = 'main' and not internal")
        assert shown.fetchall() == [("told",)]


def test_the_engines_do_not_share_a_home(both: Engines) -> None:
    both.drop({"machines.csv": MACHINES, "telemetry.csv": TELEMETRY + ROW})
    both.land()
    for made, other in ((both.duck, "spark"), (both.spark, "duckdb")):
        with pytest.raises(WarehouseError, match="name another NIGHTSHIFT_HOME"):
            land_drops(workspace(made.paths.home, other, both.drops))


CRASH = """
import os, signal, sys
import ingestion.spark.landing as landing
from ingestion.engine import land_drops
from settings import load_settings
name = sys.argv[1]
real = getattr(landing.SparkSink, name)
def dies(self, *rest):
    if name == "_insert":
        real(self, *rest)
        if rest[0] == "telemetry":
            os.kill(os.getpid(), signal.SIGKILL)
    else:
        os.kill(os.getpid(), signal.SIGKILL)
setattr(landing.SparkSink, name, dies)
land_drops(load_settings())
"""


@pytest.mark.parametrize("where", ["_insert", "_enter", "_copy_entries"])
def test_a_killed_landing_leaves_nothing_half_done(tmp_path: Path, where: str) -> None:
    """Killed with rows on Spark that are not entered, or entered here and not there; then simply landed again."""
    drops = tmp_path / "drops"
    drops.mkdir()
    for name, rows in make_fleet([[], [9], [15]], hours=60, seed=2).items():
        write_csv(drops / name, columns(feed_of(name), fleet()), rows)
    duck, spark = (workspace(tmp_path / target, target, drops) for target in ("duckdb", "spark"))
    env = {**os.environ, "NIGHTSHIFT_HOME": str(spark.paths.home), "NIGHTSHIFT_DROPS": str(drops),
           "NIGHTSHIFT_TARGET": "spark", "NIGHTSHIFT_SPARK_MEMORY": "1g", "PYTHONPATH": str(ROOT)}  # fmt: skip
    killed = subprocess.run([sys.executable, "-c", CRASH, where], cwd=ROOT, env=env, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    landed = 0 if where != "_copy_entries" else 6
    with open_warehouse(spark) as con:
        assert con.execute("select count(*) from raw.landed_files").fetchone() == (landed,)
    assert list((spark.paths.lake / "raw.db/telemetry").rglob("*.parquet"))
    again = subprocess.run([sys.executable, "-m", "ingestion"], cwd=ROOT, env=env, capture_output=True, check=False)
    assert again.returncode == 0, again.stderr
    land_drops(duck)
    assert raw_tables(spark) == raw_tables(duck)
    assert not list(spark.paths.home.glob(".landing*"))
    copied = (spark.paths.lake / "raw.db/landed_files").glob("*.parquet")
    with open_warehouse(spark, read_only=True) as con:
        assert con.execute("select count(*) from read_parquet(?)", [[str(path) for path in copied]]).fetchone() == (6,)
