"""What readers are let to: folders and files that are theirs to read, and nobody's to change.

Everything else under the home is private (`warehouse.private`). A folder that is there already keeps its mode: whoever
wants one closed, or the home opened, says so once with chmod.
"""

from pathlib import Path

from warehouse.disk import needing_room

FOLDER_MODE, FILE_MODE, PAGE_MODE = 0o755, 0o444, 0o644


def folder_for_readers(folder: Path) -> None:
    """Make `folder` where there is none; anybody whom the folders above let through may look into it."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)


def for_readers(file: Path, mode: int = FILE_MODE) -> None:
    """Let anybody read `file`, before it gets the name that they know."""
    file.chmod(mode)


def write_for_readers(folder: Path, name: str, text: str) -> Path:
    """Write a text so that nobody ever reads half of it, and anybody may read it; returns where it is.

    Raises DiskFull and OSError, which leave what was there. While it is written its name begins with a dot and ends in
    `.partial`.
    """
    data = text.encode()
    with needing_room(folder / name, len(data)):
        folder_for_readers(folder)
        partial = folder / f".{name}.partial"
        try:
            partial.write_bytes(data)
            for_readers(partial, PAGE_MODE)
            return partial.replace(folder / name)
        finally:
            partial.unlink(missing_ok=True)
