"""The mirror of the published copy: whole at every moment, wherever it is cut off, and no larger than it must be."""

import json
from pathlib import Path

import duckdb
import pytest

from delivery.publishing.mirror import Mirrored, mirror, mirrored_snapshot, mirrored_tables
from delivery.publishing.snapshots import publish, snapshots
from tests.warehouse.shelf import Shelf
from warehouse.servers import ServerUnreachable


def shelf(**more: object) -> Shelf:
    return Shelf("s3://b/published", "NIGHTSHIFT_MIRROR", **more)  # type: ignore[arg-type]


def night(folder: Path, number: int) -> None:
    """Publish a night: one table grows by a row, the other stays as it is."""
    with duckdb.connect() as con:
        con.execute(f"create table risk as select {number} as night, 'm' as machine")
        con.execute("create table machines as select unnest(['a', 'b']) as machine")
        publish(con, folder, {"risk": "risk", "machines": "machines"}, keep=2)


def shown(store: Shelf, table: str, folder: Path) -> list[tuple[object, ...]]:
    """What a reader of the mirror finds: only what `latest.json` names."""
    names = mirrored_tables(store)[table]
    for name in names:
        store.download(name, folder / Path(name).name)
    files = [str(folder / Path(name).name) for name in names]
    return duckdb.connect().execute("select * from read_parquet(?) order by all", [files]).fetchall()


def test_a_reader_finds_the_tables_of_the_last_publication(tmp_path: Path) -> None:
    store = shelf()
    for number in (1, 2):
        night(tmp_path / "published", number)
        done = mirror(tmp_path / "published", store, keep=2)
    assert done == Mirrored("snapshot_00000002", files=2, sent=1), "what has not changed is not sent again"
    assert mirrored_snapshot(store) == "snapshot_00000002"
    assert shown(store, "risk", tmp_path) == [(2, "m")]
    assert shown(store, "machines", tmp_path) == [("a",), ("b",)]


def test_nothing_published_is_nothing_to_mirror(tmp_path: Path) -> None:
    store = shelf()
    assert mirror(tmp_path, store, keep=2) is None
    assert mirrored_snapshot(store) is None
    assert store.held == {}


def test_what_only_old_snapshots_need_goes(tmp_path: Path) -> None:
    store = shelf()
    for number in range(1, 6):
        night(tmp_path, number)
        mirror(tmp_path, store, keep=2)
    assert len([name for name in store.held if name.startswith("files/")]) == 2 + 1  # two nights, and what both have
    assert len([name for name in store.held if name.startswith("snapshots/")]) == 2


def test_a_home_that_counts_anew_is_mirrored_too(tmp_path: Path) -> None:
    """As one restored without its published copy does: its first snapshot is newer than the old fifth."""
    store = shelf()
    for number in range(1, 6):
        night(tmp_path / "before", number)
        mirror(tmp_path / "before", store, keep=2)
    night(tmp_path / "after", 9)
    mirror(tmp_path / "after", store, keep=2)
    assert shown(store, "risk", tmp_path) == [(9, "m")]


def test_cut_off_at_any_call_readers_have_a_whole_snapshot_and_the_next_one_is_as_ever(tmp_path: Path) -> None:
    for number in (1, 2):
        night(tmp_path / "published", number)
        if number == 1:
            first = shelf()
            mirror(tmp_path / "published", first, keep=1)
    undisturbed = shelf(held=dict(first.held))
    mirror(tmp_path / "published", undisturbed, keep=1)
    assert len(undisturbed.calls) > 8
    for last in range(1, len(undisturbed.calls) + 1):
        killed = shelf(held=dict(first.held), last_call=last)
        with pytest.raises(ServerUnreachable):
            mirror(tmp_path / "published", killed, keep=1)
        after = shelf(held=dict(killed.held))
        assert shown(after, "risk", tmp_path) in ([(1, "m")], [(2, "m")]), undisturbed.calls[last - 1]
        mirror(tmp_path / "published", after, keep=1)
        assert {name: content for name, (content, _) in after.held.items()} == {
            name: content for name, (content, _) in undisturbed.held.items()
        }


def test_the_manifest_names_files_alone_and_no_place(tmp_path: Path) -> None:
    night(tmp_path, 1)
    store = shelf()
    mirror(tmp_path, store, keep=1)
    manifest = json.loads(store.read("latest.json") or "")
    assert set(manifest) == {"snapshot", "tables"}
    assert str(tmp_path) not in json.dumps(manifest)
    assert snapshots(tmp_path)[-1].name == manifest["snapshot"]
