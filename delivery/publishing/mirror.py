"""The published copy in an S3 store, for readers on other machines: a snapshot's Parquet files, and what names them.

A file's name there is the digest of its bytes, so that what has not changed is not sent again, and nothing is written
over what a reader may have open. `latest.json` is written last and at once: whoever reads it knows all files of one
snapshot. A mirroring that is killed leaves it as it was. One home mirrors to one folder.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from delivery.publishing.snapshots import snapshots
from warehouse.object_store import ObjectStore

LATEST_FILE = "latest.json"
FILES, MANIFESTS = "files/", "snapshots/"


@dataclass(frozen=True)
class Mirrored:
    """What was mirrored: the snapshot's name, how many files it has, and how many of them were sent."""

    snapshot: str
    files: int
    sent: int


def mirror(folder: Path, store: ObjectStore, keep: int) -> Mirrored | None:
    """Mirror the newest snapshot of the published `folder`, and remove what only those before the last `keep` need.

    None where nothing is published yet. Raises ServerUnreachable.
    """
    if not (found := snapshots(folder)):
        return None
    snapshot = found[-1]
    named = {path: _name(path) for path in sorted(snapshot.rglob("*.parquet"))}
    there = store.files(FILES)
    missing = {name: path for path, name in named.items() if name not in there}
    for name, path in missing.items():
        store.upload(path, name)
    manifest = json.dumps({"snapshot": snapshot.name, "tables": _tables(snapshot, named)}, indent=1)
    store.write(f"{MANIFESTS}{snapshot.name}.json", manifest)
    store.write(LATEST_FILE, manifest)
    _prune(store, keep)
    return Mirrored(snapshot.name, len(named), len(missing))


def mirrored_tables(store: ObjectStore) -> dict[str, list[str]]:
    """The files of each table of the snapshot mirrored last, by their names in `store`; none where there is none."""
    text = store.read(LATEST_FILE)
    return {} if text is None else dict(json.loads(text)["tables"])


def mirrored_snapshot(store: ObjectStore) -> str | None:
    """The name of the snapshot mirrored last, or None."""
    text = store.read(LATEST_FILE)
    return None if text is None else str(json.loads(text)["snapshot"])


def _tables(snapshot: Path, named: Mapping[Path, str]) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {}
    for path, name in named.items():
        table = path.relative_to(snapshot).parts[0].partition(".")[0]
        tables.setdefault(table, []).append(name)
    return tables


def _name(path: Path) -> str:
    with path.open("rb") as file:
        return f"{FILES}{hashlib.file_digest(file, 'sha256').hexdigest()}.parquet"


def _prune(store: ObjectStore, keep: int) -> None:
    """Manifests first: a file is removed when none that is left names it. The newest are those written last."""
    written = store.files(MANIFESTS)
    oldest_first = sorted(written, key=lambda name: written[name].written_at)
    old, kept = oldest_first[:-keep], oldest_first[-keep:]
    store.remove(old)
    texts = [text for name in (*kept, LATEST_FILE) if (text := store.read(name)) is not None]
    needed = {name for text in texts for names in json.loads(text)["tables"].values() for name in names}
    store.remove(name for name in store.files(FILES) if name not in needed)
