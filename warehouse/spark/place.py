"""Where a lake was made: Spark's catalogue and the views over the lake name each table's folder by an absolute path."""

from contextlib import suppress

from settings import Paths
from warehouse.connection import WarehouseError

MARK = "_place"  # Spark takes no file for data whose name begins so


def require_same_place(paths: Paths) -> None:
    """Raise WarehouseError where the home was moved or copied: Spark would read and write where it was before.

    The place is noted once there is a lake; Spark makes it, whose user on a cluster may be another.
    """
    mark, here = paths.lake / MARK, str(paths.lake.absolute())
    if not mark.exists():
        with suppress(OSError):
            mark.write_text(here, encoding="utf-8")
        return
    there = mark.read_text(encoding="utf-8")
    if there != here:
        raise WarehouseError(
            f"Spark's catalogue names the tables' files by {there}, where this lake was made, and it lies at {here}: "
            "bring it back to there, or name another NIGHTSHIFT_HOME and land and build there anew."
        )
