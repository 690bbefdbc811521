"""What readers are let to: folders and files that are theirs to read, and nobody's to change.

Everything else under the home is private (`warehouse.private`). A folder that is there already keeps its mode: whoever
wants one closed, or the home opened, says so once with chmod.
"""

from pathlib import Path

FOLDER, FILE, PAGE = 0o755, 0o444, 0o644


def folder_for_readers(folder: Path) -> None:
    """Make `folder` where there is none; anybody whom the folders above let through may look into it."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(FOLDER)


def for_readers(file: Path, mode: int = FILE) -> None:
    """Let anybody read `file`, before it gets the name that they know."""
    file.chmod(mode)
