"""The published copy: whole at every moment, cheap where nothing changed, and never taken from an open reader."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from delivery.publishing.snapshots import LATEST, PUBLISHED_DATABASE, publish, snapshots
from settings import ROOT
from warehouse.sql import literal

TABLES = {"predictions": "predictions", "mart": "mart"}
ROWS = {"predictions": 1000, "mart": 400, "wide": 400}
MONTHS = 4

# A process that publishes generation after generation: every value of every table is the generation's number.
PUBLISHER = """
import sys
from pathlib import Path
from tests.delivery.publishing.test_snapshots import TABLES, publish, warehouse
for generation in range(int(sys.argv[2]), int(sys.argv[3])):
    publish(warehouse(generation), Path(sys.argv[1]), TABLES, keep=2, growing=["mart"])
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
    assert {row[0]: row[1] for row in rows} == {table: ROWS[table] for table in TABLES}
    assert len({value for row in rows for value in row[2:]}) == 1, rows
    return int(rows[0][2])


def in_parquet(folder: Path, tables: Iterable[str] = TABLES) -> int:
    """The one generation that the files under stable names show, in all of the tables."""
    import pandas as pd  # noqa: PLC0415 - the publishers that these tests start can do without

    latest = folder / LATEST
    at = {table: latest / table if (latest / table).is_dir() else latest / f"{table}.parquet" for table in tables}
    frames = {table: pd.read_parquet(path) for table, path in at.items()}
    assert {table: len(rows) for table, rows in frames.items()} == {table: ROWS[table] for table in tables}
    [value] = {value for rows in frames.values() for value in rows["value"]}
    return int(value)


def files(snapshot: Path, table: str) -> dict[str, int]:
    """Month of each of a growing table's files, with the file's identity on disk."""
    return {path.stem: path.stat().st_ino for path in snapshot.glob(f"{table}/*.parquet")}


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
    publish(con, tmp_path, TABLES, growing=["mart"])
    con.execute("update mart set value = 2 where as_of = timestamp '2025-02-15'")  # an earlier month is restated
    publish(con, tmp_path, TABLES, growing=["mart"])
    first, second = (files(snapshot, "mart") for snapshot in snapshots(tmp_path))
    assert set(first) == set(second) == {"2025-01", "2025-02", "2025-03", "2025-04"}
    assert {month for month in first if first[month] != second[month]} == {"2025-02"}
    small = [snapshot / "predictions.parquet" for snapshot in snapshots(tmp_path)]
    assert small[0].samefile(small[1])
    asked = "select * from {} order by all"
    with duckdb.connect(str(tmp_path / PUBLISHED_DATABASE), read_only=True) as reader:
        published = reader.execute(asked.format("mart")).fetchall()
        stable = reader.execute(asked.format(f"'{tmp_path}/{LATEST}/mart/*.parquet'")).fetchall()
    assert published == stable == con.execute(asked.format("mart")).fetchall()


def test_a_file_that_cannot_be_read_any_more_is_written_again(tmp_path: Path) -> None:
    publish(warehouse(1), tmp_path, TABLES, growing=["mart"])
    torn = snapshots(tmp_path)[0] / "mart" / "2025-02.parquet"
    torn.chmod(0o644)
    torn.write_bytes(b"torn")
    publish(warehouse(1), tmp_path, TABLES, growing=["mart"])
    assert in_parquet(tmp_path) == generation(tmp_path) == 1


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
    publish(con, tmp_path, {"mart": "mart"}, growing=["mart"])
    for change in changes:
        before = set(files(snapshots(tmp_path)[-1], "mart").values())
        con.execute(change)
        publish(con, tmp_path, {"mart": "mart"}, growing=["mart"])
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
    (tmp_path / f".{LATEST}.partial").symlink_to("snapshot_00000001", target_is_directory=True)
    (tmp_path / f".{LATEST}.partial_old" / "mart").mkdir(parents=True)
    (tmp_path / "snapshot_00000001").mkdir()  # as an earlier version left it, when it was killed
    for value in range(5):
        publish(warehouse(value), tmp_path, TABLES, keep=2)
    left = [LATEST, PUBLISHED_DATABASE, f"{PUBLISHED_DATABASE}.wal", "snapshot_00000004", "snapshot_00000005"]
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
        assert in_parquet(tmp_path) in (shown, shown + 1), "the link is swapped before the file, or with it"
    assert littered, "no kill came in the middle of a publication"
    publish(warehouse(shown + 1), tmp_path, TABLES, keep=2, growing=["mart"])
    assert in_parquet(tmp_path) == generation(tmp_path) == shown + 1
    assert not list(tmp_path.glob(".*"))
    assert len(snapshots(tmp_path)) == 2


def by_an_earlier_version(folder: Path, value: int) -> None:
    """The copy as it used to be: files named after their rows, behind views that name their place."""
    snapshot = folder / "snapshot_00000007"
    snapshot.mkdir(parents=True)
    con = warehouse(value)
    with duckdb.connect(str(snapshot / PUBLISHED_DATABASE)) as views:
        for table in TABLES:
            file = snapshot / f"{table}.all.0123456789abcdef.parquet"
            con.execute(f"copy {table} to {literal(file)} (format parquet)")
            views.execute(f"create view {table} as select * from read_parquet([{literal(file)}])")
    (folder / PUBLISHED_DATABASE).hardlink_to(snapshot / PUBLISHED_DATABASE)


def test_the_copy_of_an_earlier_version_gives_way_to_the_next_night(tmp_path: Path) -> None:
    by_an_earlier_version(tmp_path, 1)
    with reader_of(tmp_path / PUBLISHED_DATABASE) as reader:
        publish(warehouse(2), tmp_path, TABLES, keep=2, growing=["mart"])
        assert in_parquet(tmp_path) == generation(tmp_path) == 2
        publish(warehouse(3), tmp_path, TABLES, keep=2, growing=["mart"])
        assert len(snapshots(tmp_path)) == 3, "somebody reads the earlier one"
        told, _ = reader.communicate("go on\n")
        assert told == '[1] [(1.0, "<b>\'")]\n'
    publish(warehouse(4), tmp_path, TABLES, keep=2, growing=["mart"])
    assert [path.name for path in snapshots(tmp_path)] == ["snapshot_00000009", "snapshot_00000010"]
    assert not list(tmp_path.rglob("*.all.*"))


def test_two_publishers_at_once_leave_whole_copies(tmp_path: Path) -> None:
    publish(warehouse(0), tmp_path, TABLES, keep=2)
    publishers = [start(PUBLISHER, tmp_path, first, first + 15) for first in (100, 200)]
    while any(publisher.poll() is None for publisher in publishers):
        generation(tmp_path)
    assert [publisher.returncode for publisher in publishers] == [0, 0]
    assert generation(tmp_path) in (114, 214)
    assert len(snapshots(tmp_path)) == 2
    assert snapshots(tmp_path)[-1].name == "snapshot_00000031"
