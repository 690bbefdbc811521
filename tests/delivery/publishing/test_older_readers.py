"""The published copy in other hands: older versions of DuckDB, pandas and Polars, elsewhere, while nights go on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from delivery.publishing.snapshots import LATEST, PUBLISHED_DATABASE, publish
from settings import ROOT
from tests.delivery.publishing.older_kit import READERS, VERSIONS, answers, every_kind_of_value, start
from tests.delivery.publishing.test_database import made
from tests.delivery.publishing.test_seal import BECOME_NOBODY, WRITER, let_pass
from tests.delivery.publishing.test_snapshots import generation, in_parquet

pytestmark = pytest.mark.readers
OURS = ""  # the version of the lock
SECONDS = 8

# Publishes a night every tenth of a second, until its standard input is closed.
NIGHTS = """
import select, sys
from pathlib import Path
from tests.delivery.publishing.test_database import made
night = 1
while not select.select([sys.stdin], [], [], 0.1)[0]:
    night += 1
    made(night, Path(sys.argv[1]))
print(night)
"""
# For some seconds: opens the copy again and again, takes copies of `latest/` away and reads them there, and asks one
# connection from the first night at the end. Says how often it did each, and how many nights it saw.
DAYS = """
import duckdb, os, pathlib, shutil, sys, time
folder, away, until = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), time.monotonic() + float(sys.argv[3])
def night(con, more=()):
    tables = ["predictions", "mart", *(f"read_parquet('{files}')" for files in more)]
    rows = [con.execute(f"select count(*), min(value), max(value) from {table}").fetchall()[0] for table in tables]
    assert [row[0] for row in rows] == [1000, 400, 400, 400][:len(rows)], rows
    [value] = {value for row in rows for value in row[1:]}
    return value
first = duckdb.connect(str(folder / "nightshift.duckdb"), read_only=True)
begun, opened, taken, seen = night(first), 0, 0, set()
while time.monotonic() < until:
    # DuckDB gives one process one look at a path as long as a connection to it is open: so by the name of each night
    with duckdb.connect(str((folder / "latest").resolve() / "nightshift.duckdb"), read_only=True) as con:
        seen.add(night(con))
    opened += 1
    copy = away / f"copy {taken}"
    shutil.copytree((folder / "latest").resolve(), copy)
    with duckdb.connect(str(copy / "nightshift.duckdb"), read_only=True) as con:
        seen.add(night(con, [copy / "mart" / "*.parquet", copy / "wide" / "*.parquet"]))
    shutil.rmtree(copy)
    taken += 1
assert night(first) == begun < max(seen), (begun, seen)
print(f"DuckDB {duckdb.__version__}: opened {opened}, copied {taken}, nights seen {len(seen)}, the first still {begun}")
"""


@contextmanager
def nights_go_on(folder: Path) -> Iterator[None]:
    made(1, folder)
    publisher = subprocess.Popen(
        [sys.executable, "-c", NIGHTS, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield
    finally:
        said, _ = publisher.communicate("")
    assert publisher.returncode == 0
    assert int(said) > 3


@pytest.mark.parametrize("version", VERSIONS)
def test_every_value_is_the_same_in_an_older_version(tmp_path: Path, version: str) -> None:
    con = duckdb.connect()
    every_kind_of_value(con)
    for _ in range(2):
        publish(con, tmp_path, {"kinds": "kinds", "empty": "empty"}, growing=["kinds"])
    told = answers(version, tmp_path / PUBLISHED_DATABASE)
    assert told == answers(OURS, tmp_path / PUBLISHED_DATABASE)
    assert [told[table][0] for table in ("kinds", "empty")] == [150_000, 0]


@pytest.mark.parametrize("version", VERSIONS)
def test_nights_go_on_under_an_older_reader(tmp_path: Path, version: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "away").mkdir()
    with nights_go_on(tmp_path / "published"):
        reader = start(version, DAYS, tmp_path / "published", tmp_path / "away", SECONDS, cwd=tmp_path / "away")
        said, _ = reader.communicate()
    assert reader.returncode == 0
    with capsys.disabled():
        print(f"\n{said.strip()}")
    assert f"DuckDB {version}:" in said


@pytest.mark.parametrize("version", VERSIONS)
def test_what_an_older_version_writes_as_root_is_gone_with_the_next_night(tmp_path: Path, version: str) -> None:
    """Some write past the log that leads nowhere, whose user is root, opens in the default mode and forces them to."""
    made(1, tmp_path)
    before = answers(OURS, tmp_path / PUBLISHED_DATABASE)
    start(version, WRITER, tmp_path / PUBLISHED_DATABASE, "stay").communicate("")
    assert in_parquet(tmp_path, ["predictions", "mart", "wide"]) == 1
    made(2, tmp_path)
    assert generation(tmp_path) == 2
    made(1, tmp_path)
    assert answers(version, tmp_path / PUBLISHED_DATABASE) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_version_of_anybody_else_is_refused(tmp_path: Path, version: str) -> None:
    made(1, tmp_path)
    let_pass(tmp_path)
    process = start(version, BECOME_NOBODY + WRITER, tmp_path / PUBLISHED_DATABASE, "stay")
    assert process.communicate("")[0] == "refused\n"


def test_polars_and_pandas_read_the_stable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(READERS / "requirements-bench"))
    polars = pytest.importorskip("polars")
    con = duckdb.connect()
    every_kind_of_value(con)
    publish(con, tmp_path, {"kinds": "kinds", "small": "empty"}, growing=["kinds"])
    latest = tmp_path / LATEST
    asked = "select count(*), sum(counted)::bigint, sum(fixed)::double, max(as_of), count(reasons) from {}"
    [expected] = con.execute(asked.format("kinds")).fetchall()
    read = pd.read_parquet(latest / "kinds")
    other = polars.read_parquet(latest / "kinds")
    for rows in (read, other):
        found = (len(rows), int(rows["counted"].sum()), float(rows["fixed"].sum()), rows["as_of"].max())
        assert found == expected[:4]
    assert int(read["reasons"].notna().sum()) == other["reasons"].drop_nulls().len() == expected[4]
    assert other.columns == list(read.columns) == polars.read_parquet(latest / "small.parquet").columns
    assert len(pd.read_parquet(latest / "small.parquet")) == 0
