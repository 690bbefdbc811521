"""What readers are let to: folders and files that are theirs to read, and nobody's to change.

Everything else under the home is private (`warehouse.private`). A folder that is there already keeps its mode: whoever
wants one closed, or the home opened, says so once with chmod.
"""

from pathlib import Path

FOLDER_MODE, FILE_MODE, PAGE_MODE = 0o755, 0o444, 0o644


def folder_for_readers(folder: Path) -> None:
    """Make `folder` where there is none; anybody whom the folders above let through may look into it."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)


def for_readers(file: Path, mode: int = FILE_MODE) -> None:
    """Let anybody read `file`, before it gets the name that they know."""
    file.chmod(mode)
