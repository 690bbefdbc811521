"""The published DuckDB file and all that lies beside it answer the same wherever they stand, also to older versions."""

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from delivery.publishing.reading import newest, open_published
from delivery.publishing.snapshots import LATEST, PUBLISHED_DATABASE, publish
from tests.delivery.publishing.test_snapshots import TABLES, generation, in_parquet, warehouse

READ_BY_1_0 = 64  # the storage version, after 8 bytes of a checksum and DuckDB's mark; its version 2 writes 999


def made(value: int, folder: Path) -> None:
    publish(warehouse(value), folder, {**TABLES, "wide": "mart"}, growing=["mart", "wide"], parquet_only=["wide"])


def test_the_file_is_written_for_every_version_since_1_0(tmp_path: Path) -> None:
    for value in (1, 2):
        made(value, tmp_path)
    for file in tmp_path.rglob(PUBLISHED_DATABASE):
        mark, version = struct.unpack("<8x4sQ", file.read_bytes()[:20])
        assert (mark, version) == (b"DUCK", READ_BY_1_0), file


def with_links(folder: Path, to: Path) -> Path:
    subprocess.run(["cp", "-r", folder, to], check=True)
    return to


def without_links(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to))


def renamed(folder: Path, to: Path) -> Path:
    return folder.rename(to)


@pytest.mark.parametrize("way", [with_links, without_links, renamed])
def test_the_folder_answers_the_same_elsewhere(
    way: Callable[[Path, Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The origin is gone, somebody else's stands in its place, and the next night comes to the copy."""
    origin = tmp_path / "it's" / "home"
    for value in (1, 2):
        made(value, origin)
    copy = way(origin, tmp_path / "ü [copy] {x} 50%")
    shutil.rmtree(origin, ignore_errors=True)
    made(9, origin)
    monkeypatch.chdir("/")
    assert generation(copy) == in_parquet(copy, [*TABLES, "wide"]) == 2
    with open_published(copy) as con:
        assert con.execute("select distinct value from mart natural join wide").fetchall() == [(2,)]
    made(3, copy)
    assert generation(copy) == in_parquet(copy, [*TABLES, "wide"]) == 3
    assert (generation(origin), (copy / LATEST).is_symlink()) == (9, True)


def test_a_copy_that_leaves_links_out_lacks_nothing_but_the_short_name(tmp_path: Path) -> None:
    made(1, tmp_path / "home")
    copy = with_links(tmp_path / "home", tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "home")
    for link in [path for path in copy.rglob("*") if path.is_symlink()]:
        link.unlink()
    assert generation(copy) == 1
    with open_published(copy) as con:
        assert con.execute("select distinct value from wide").fetchall() == [(1,)]


def test_one_snapshot_alone_is_a_whole_copy(tmp_path: Path) -> None:
    made(1, tmp_path / "home")
    copy = without_links(tmp_path / "home" / LATEST, tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "home")
    assert generation(copy) == 1
    with open_published(copy) as con:
        assert con.execute("select distinct value, count(*) from wide group by 1").fetchall() == [(1, 400)]


def test_the_folder_under_latest_is_not_changed_by_later_nights(tmp_path: Path) -> None:
    made(1, tmp_path)
    pinned = newest(tmp_path)
    made(2, tmp_path)
    assert in_parquet(tmp_path) == 2
    assert pinned.name == "snapshot_00000001"
    assert generation(pinned) == 1
