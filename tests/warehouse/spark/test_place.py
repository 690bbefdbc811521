"""A home of Spark's that was moved or copied is refused before Spark is started."""

from pathlib import Path

import pytest

from settings import Settings
from warehouse.connection import WarehouseError
from warehouse.spark.place import require_same_place


def test_a_lake_works_where_it_was_made_and_nowhere_else(settings: Settings, tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    at = {place: settings.paths.model_copy(update={"home": place}) for place in (home, other)}
    require_same_place(at[home])
    assert not home.exists(), "Spark makes the lake"
    (home / "lake").mkdir(parents=True)
    for _ in range(2):
        require_same_place(at[home])
    home.rename(other)
    with pytest.raises(WarehouseError, match=rf"names the tables' files by {home}/lake, .* bring it back"):
        require_same_place(at[other])
    other.rename(home)
    require_same_place(at[home])
