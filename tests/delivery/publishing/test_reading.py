"""Every published table by its name, from Python: one snapshot, however many nights are published meanwhile."""

import os
from pathlib import Path

import pytest

from delivery.publishing.reading import newest, open_published
from delivery.publishing.snapshots import snapshots
from tests.delivery.publishing.test_database import made
from tests.delivery.publishing.test_snapshots import by_an_earlier_version
from warehouse.connection import WarehouseError

BOTH = "select distinct predictions.value, wide.value from predictions, wide"


def refused(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_one_connection_sees_one_night_and_the_next_sees_the_next(tmp_path: Path) -> None:
    made(1, tmp_path)
    with open_published(tmp_path) as con:
        made(2, tmp_path)
        assert con.execute(BOTH).fetchall() == [(1, 1)]
        with open_published(tmp_path) as later:
            assert later.execute(BOTH).fetchall() == [(2, 2)]
        assert con.execute(BOTH).fetchall() == [(1, 1)]


@pytest.mark.parametrize("links", ["hard", "none"])
def test_file_systems_without_links_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: str) -> None:
    monkeypatch.setattr(os, "symlink", refused)
    if links == "none":
        monkeypatch.setattr(os, "link", refused)
    for value in (1, 2):
        made(value, tmp_path)
        with open_published(tmp_path) as con:
            assert con.execute(BOTH).fetchall() == [(value, value)]
    assert not list(tmp_path.glob(".*"))


def test_the_copy_of_an_earlier_version_is_read_by_its_views(tmp_path: Path) -> None:
    by_an_earlier_version(tmp_path, 1)
    assert newest(tmp_path) == snapshots(tmp_path)[0]
    with open_published(tmp_path) as con:
        assert con.execute("select distinct value from predictions").fetchall() == [(1,)]


def test_where_nothing_is_published_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"^Nothing is published in .*: run `make night` first"):
        open_published(tmp_path)
