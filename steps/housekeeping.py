"""Keeping what is generated from growing without bound; the audit trail stays.

Each function may be killed anywhere and called again.
"""

from datetime import datetime
from pathlib import Path

from ml.registry.artifacts import files_removed_at, remove_files
from ml.registry.registry import Registry

LOG_BYTES = 5_000_000


def prune_models(models: Registry, keep: int, now: datetime) -> list[str]:
    """Remove the files of all versions but the newest `keep`, as of `now` (UTC); returns the versions whose files went.

    The champion, the version it replaced and the challenger keep theirs. Tags, parameters and metrics of a pruned
    version stay: its decision can still be read, but it can neither score nor be reproduced.
    """
    versions = models.versions()
    protected = models.aliases.in_use() | {version.version for version in versions[:keep]}
    spare = [version for version in versions if version.version not in protected]
    doomed = [version for version in spare if files_removed_at(models.store, version) is None]
    for version in reversed(doomed):
        remove_files(models.store, models.runs.files, version, now)
    return [version.version for version in reversed(doomed)]


def rotate_log(path: Path, most_bytes: int = LOG_BYTES) -> bool:
    """Put a log that has outgrown `most_bytes` aside as `<name>.1`, over the one before; returns whether it did."""
    if not path.exists() or path.stat().st_size <= most_bytes:
        return False
    path.replace(path.with_name(f"{path.name}.1"))
    return True
