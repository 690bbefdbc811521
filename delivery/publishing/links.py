"""The same file, or folder of files, under a second name: by a link where the file system has them, else by a copy."""

import os
import shutil
from pathlib import Path

from delivery.readers import for_readers


def link(source: Path, target: Path) -> None:
    """A hard link, or a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    for_readers(target)


def point(name: Path, file: Path) -> None:
    """A hard link; else a symbolic one that moves with its folder, so that both names are one file; else a copy."""
    try:
        os.link(file, name)
    except OSError:
        try:
            name.symlink_to(file.relative_to(name.parent))
        except OSError:
            link(file, name)


def lead(name: Path, folder: Path, partial: Path) -> None:
    """Let `name` lead to `folder` beside it, at once; `partial` is a name for the work on it.

    Without symbolic links it becomes a folder of the same files, and is missing for a moment.
    """
    old = partial.with_name(f"{partial.name}_old")
    try:
        partial.symlink_to(folder.name, target_is_directory=True)
    except OSError:
        shutil.copytree(folder, partial, copy_function=lambda source, target: link(Path(source), Path(target)))
    if name.is_dir() and not name.is_symlink():  # as in a copy that followed the link
        name.rename(old)
    partial.replace(name)
    if old.exists():
        remove(old)


def remove(path: Path) -> None:
    """A file, a link, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
