from pathlib import Path

import duckdb

from ml.publish import DATABASE, publish


def warehouse(value: int) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"create table predictions as select {value} as value, '<b>''' as machine_id from range(1000)")
    return con


def read(database: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute("select count(*), min(value), min(machine_id) from predictions").fetchall()


def test_readers_get_the_tables_under_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "it's here"
    assert publish(warehouse(1), folder, {"predictions": "predictions"}) == ["predictions"]
    assert read(folder / DATABASE) == [(1000, 1, "<b>'")]


def test_an_open_reader_keeps_its_night_while_the_next_is_published(tmp_path: Path) -> None:
    publish(warehouse(1), tmp_path, {"predictions": "predictions"})
    with duckdb.connect(str(tmp_path / DATABASE), read_only=True) as reader:
        publish(warehouse(2), tmp_path, {"predictions": "predictions"})
        assert reader.execute("select distinct value from predictions").fetchall() == [(1,)]
    assert read(tmp_path / DATABASE) == [(1000, 2, "<b>'")]


def test_old_snapshots_go_and_a_half_written_one_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / ".snapshot_00000001.partial").mkdir()
    for value in range(5):
        publish(warehouse(value), tmp_path, {"predictions": "predictions"}, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [DATABASE, "snapshot_00000004", "snapshot_00000005"]
