"""The published copy: whole at every moment, cheap where nothing changed, and never taken from an open reader."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from delivery.publishing.snapshots import PUBLISHED_DATABASE, is_open, publish, reads_its_own, settle, snapshots
from settings import ROOT

TABLES = {"predictions": "predictions", "mart": "mart"}
MONTHS = 4

# A process that publishes generation after generation: every value of every table is the generation's number.
PUBLISHER = """
import sys
from pathlib import Path
from tests.delivery.publishing.test_snapshots import TABLES, publish, warehouse
for generation in range(int(sys.argv[2]), int(sys.argv[3])):
    publish(warehouse(generation), Path(sys.argv[1]), TABLES, keep=2)
"""
# A reader that connects once, runs a query across whatever happens meanwhile, and asks again when told.
READER = """
import duckdb, sys
con = duckdb.connect(sys.argv[1], read_only=True)
con.execute("set enable_progress_bar = false")  # a slow machine would print it among the answers
query = con.execute("select a.value from predictions a, range(2000) where a.value >= 0")
seen = {row[0] for row in query.fetchmany(10)}
print("reading", flush=True)
for line in sys.stdin:
    seen |= {row[0] for row in query.fetchall()}
    asked = con.execute("select (select sum(value) from mart) / 400, min(machine_id) from predictions").fetchall()
    print(sorted(seen), asked, flush=True)
"""


def warehouse(value: int) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"create table predictions as select {value} as value, '<b>''' as machine_id from range(1000)")
    con.execute(f"""
        create table mart as
        select timestamp '2025-01-15' + to_months(n % {MONTHS}) as as_of, {value} as value
        from range(400) as numbers(n) order by as_of
    """)
    return con


def read(database: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute("select count(*), min(value), max(value), min(machine_id) from predictions").fetchall()


def generation(folder: Path) -> int:
    """The one generation that the copy shows, in all of its tables."""
    with duckdb.connect(str(folder / PUBLISHED_DATABASE), read_only=True) as con:
        rows = con.execute("""
            select 'predictions', count(*), min(value), max(value) from predictions
            union all select 'mart', count(*), min(value), max(value) from mart
        """).fetchall()
    assert {row[0]: row[1] for row in rows} == {"predictions": 1000, "mart": 400}
    assert len({value for row in rows for value in row[2:]}) == 1, rows
    return int(rows[0][2])


def files(snapshot: Path, table: str) -> dict[str, int]:
    """Month of each of the table's files, with the file's identity on disk."""
    return {path.name.split(".")[1]: path.stat().st_ino for path in snapshot.glob(f"{table}.*.parquet")}


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@contextmanager
def reader_of(database: Path) -> Iterator[subprocess.Popen[str]]:
    with start(READER, database) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
        yield reader
        reader.kill()


def test_readers_get_the_tables_under_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "it's here" / "year=2025"
    assert publish(warehouse(1), folder, {"predictions": "predictions"}) == ["predictions"]
    assert read(folder / PUBLISHED_DATABASE) == [(1000, 1, 1, "<b>'")]
    with duckdb.connect(str(folder / PUBLISHED_DATABASE), read_only=True) as con:
        assert [row[0] for row in con.execute("describe predictions").fetchall()] == ["value", "machine_id"]


def test_only_the_months_that_changed_are_written_again(tmp_path: Path) -> None:
    con = warehouse(1)
    publish(con, tmp_path, TABLES)
    con.execute("update mart set value = 2 where as_of = timestamp '2025-02-15'")  # an earlier month is restated
    publish(con, tmp_path, TABLES)
    first, second = (files(snapshot, "mart") for snapshot in snapshots(tmp_path))
    assert set(first) == set(second) == {"2025-01", "2025-02", "2025-03", "2025-04"}
    assert {month for month in first if first[month] != second[month]} == {"2025-02"}
    with duckdb.connect(str(tmp_path / PUBLISHED_DATABASE), read_only=True) as reader:
        published = reader.execute("select * from mart order by all").fetchall()
    assert published == con.execute("select * from mart order by all").fetchall()


def test_rows_that_trade_places_between_machines_are_a_change(tmp_path: Path) -> None:
    """What a digest must see: the same values in other rows, a row twice, a column renamed or added."""
    con = duckdb.connect()
    con.execute(
        "create table mart as select timestamp '2025-01-15' as as_of, n as machine, 10 * n as value from range(3) t(n)"
    )
    changes = (
        "update mart set value = 10 * (2 - machine)",
        "insert into mart from mart",
        "alter table mart rename value to volt",
        "alter table mart add column more double",
        "update mart set more = 0 where machine = 1",
        "delete from mart",
    )  # fmt: skip
    publish(con, tmp_path, {"mart": "mart"})
    for change in changes:
        before = set(files(snapshots(tmp_path)[-1], "mart").values())
        con.execute(change)
        publish(con, tmp_path, {"mart": "mart"})
        assert not before & set(files(snapshots(tmp_path)[-1], "mart").values()), change
        with duckdb.connect(str(tmp_path / PUBLISHED_DATABASE), read_only=True) as reader:
            published = reader.execute("select * from mart order by all").fetchall()
        assert published == con.execute("select * from mart order by all").fetchall(), change


def test_an_open_reader_and_its_query_outlive_every_later_publication(tmp_path: Path) -> None:
    """It asks lazily: what it did not read before, it must still find after more publications than are kept."""
    publish(warehouse(1), tmp_path, TABLES, keep=2)
    mine = snapshots(tmp_path)[0]
    with reader_of(tmp_path / PUBLISHED_DATABASE) as reader:
        for value in range(2, 7):
            publish(warehouse(value), tmp_path, TABLES, keep=2)
            assert generation(tmp_path) == value
        assert [mine, *snapshots(tmp_path)[-2:]] == snapshots(tmp_path)
        told, _ = reader.communicate("go on\n")
        assert told == '[1] [(1.0, "<b>\'")]\n'
    publish(warehouse(7), tmp_path, TABLES, keep=2)
    assert [path.name for path in snapshots(tmp_path)] == ["snapshot_00000006", "snapshot_00000007"]


def test_old_snapshots_go_and_litter_is_swept(tmp_path: Path) -> None:
    (tmp_path / ".snapshot_00000001.partial").mkdir()
    (tmp_path / ".snapshot_00000001.partial" / "half.parquet").write_text("PAR1")
    (tmp_path / f".{PUBLISHED_DATABASE}.partial").write_text("half")
    for value in range(5):
        publish(warehouse(value), tmp_path, TABLES, keep=2)
    left = [PUBLISHED_DATABASE, f"{PUBLISHED_DATABASE}.wal", "snapshot_00000004", "snapshot_00000005"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


@pytest.mark.parametrize("seed", [3])
def test_a_publication_killed_anywhere_leaves_the_last_one(tmp_path: Path, seed: int) -> None:
    publish(warehouse(0), tmp_path, TABLES, keep=2)
    chance, shown, littered = random.Random(seed), 0, 0
    for _ in range(8):
        publisher = start(PUBLISHER, tmp_path, shown + 1, 10_000)
        while generation(tmp_path) == shown:
            assert publisher.poll() is None
        time.sleep(chance.uniform(0, 0.1))
        publisher.send_signal(signal.SIGKILL)
        publisher.wait()
        littered += any(tmp_path.glob(".*.partial"))
        assert generation(tmp_path) > shown
        shown = generation(tmp_path)
    assert littered, "no kill came in the middle of a publication"
    publish(warehouse(shown + 1), tmp_path, TABLES, keep=2)
    assert generation(tmp_path) == shown + 1
    assert not list(tmp_path.glob(".*"))
    assert len(snapshots(tmp_path)) == 2


@pytest.mark.parametrize("links", [True, False])
def test_a_copy_elsewhere_reads_its_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    """The origin is gone and somebody else's home stands in its place; after that the copy is moved, twice."""
    if not links:
        monkeypatch.setattr(os, "link", refused)
        monkeypatch.setattr(os, "symlink", refused)
    origin, copy = tmp_path / "it's" / "home", tmp_path / "ü [copy] {x} 50%"
    for value in (1, 2):
        publish(warehouse(value), origin, TABLES)
    assert not settle(origin), "nothing to do at home"
    shutil.copytree(origin, copy)
    shutil.rmtree(origin)
    for value in (8, 9):
        publish(warehouse(value), origin, TABLES)
    assert not all(map(reads_its_own, snapshots(copy)))
    for place in (copy, tmp_path / "b", tmp_path / "c"):
        if place != copy:
            copy = copy.rename(place)
        assert settle(copy)
        assert generation(copy) == 2
        assert all(map(reads_its_own, snapshots(copy)))
        assert [read(snapshot / PUBLISHED_DATABASE)[0][1] for snapshot in snapshots(copy)] == [1, 2]
        assert not settle(copy)
    assert not list(copy.rglob("*.partial*"))
    publish(warehouse(3), copy, TABLES)
    assert (generation(copy), generation(origin)) == (3, 9)
    assert copy.joinpath(PUBLISHED_DATABASE).stat().st_mode & 0o777 == 0o444


def test_the_reader_of_a_moved_copy_keeps_its_snapshot(tmp_path: Path) -> None:
    """Its lock is on the file that was made again, under both of its names."""
    publish(warehouse(1), tmp_path / "a", TABLES)
    home = (tmp_path / "a").rename(tmp_path / "b")
    settle(home)
    with reader_of(home / PUBLISHED_DATABASE):
        assert is_open(snapshots(home)[0])


def refused(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_two_publishers_at_once_leave_whole_copies(tmp_path: Path) -> None:
    publish(warehouse(0), tmp_path, TABLES, keep=2)
    publishers = [start(PUBLISHER, tmp_path, first, first + 15) for first in (100, 200)]
    while any(publisher.poll() is None for publisher in publishers):
        generation(tmp_path)
    assert [publisher.returncode for publisher in publishers] == [0, 0]
    assert generation(tmp_path) in (114, 214)
    assert len(snapshots(tmp_path)) == 2
    assert snapshots(tmp_path)[-1].name == "snapshot_00000031"
