"""Full disks and full memories, reported in a sentence instead of a traceback."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingestion.discover import Drop
from ingestion.errors import LandingError, RefusedError
from ingestion.source import is_internal, no_room

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def file_troubles_reported(drop: Drop) -> Iterator[None]:
    """Refuse a file that cannot be read or takes more memory than there is; what is not its fault passes."""
    try:
        yield
    except (MemoryError, duckdb.OutOfMemoryException):
        size = drop.path.stat().st_size / 1e6
        raise RefusedError(
            f"{drop.name} ({size:,.1f} MB) takes more memory than there is; split it, or land it where there is more."
        ) from None
    except OSError as error:
        if error.errno in FULL:
            raise
        reason = error.strerror or error
        raise RefusedError(f"{drop.name} cannot be read ({reason}); correct that and land again.") from None


@contextmanager
def troubles_reported(home: Path) -> Iterator[None]:
    """Turn what stopped the whole landing into a LandingError, which names `home`, where the tables lie."""
    try:
        yield
    except MemoryError:
        raise LandingError(_no_memory()) from None
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise LandingError(_no_room(home)) from None
    except duckdb.OutOfMemoryException:
        raise LandingError(_no_memory()) from None
    except duckdb.Error as error:
        if not is_internal(error):
            raise
        if no_room(error):
            raise LandingError(_no_room(home)) from None
        first = str(error).splitlines()[0][:200]
        raise LandingError(
            f"The tables in {home} could not be written ({first}): see that the disk is well and has room, and land "
            "again. Files that were landed before that stay."
        ) from None


def _no_memory() -> str:
    return "There is not enough memory to land the drops: free some, or land fewer and smaller files at a time."


def _no_room(home: Path) -> str:
    try:
        free = f"{shutil.disk_usage(home).free / 1e6:,.0f} MB are free"
    except OSError:
        free = "it is full"
    return (
        f"There is no room left where {home} lies ({free}): make room for about what the new files take unpacked, and "
        "land again. Files that were landed before that stay; of the one that did not fit nothing was kept."
    )
