"""The files of training runs, under the home, and what is said of a version whose files are gone."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ml.models.version import ModelVersion
from ml.registry.store import Store

BUNDLE, TUNING, RECIPE, CARD = "bundle", "tuning.parquet", "settings.json", "model_card.md"
REMOVED_AT = "files_removed_at"


class FilesRemoved(LookupError):
    """Housekeeping has removed the files of a model; the message says when and which setting keeps more."""


@dataclass(frozen=True)
class RunFiles:
    """The files of the runs of one home: `root` holds a folder for each, laid out as MLflow does it.

    MLflow's database says where files are, too, as absolute paths. Those are never followed here: a home may have been
    moved or copied, and a copy must neither read nor touch what belongs to its origin.
    """

    root: Path

    def path(self, run_id: str, name: str) -> Path:
        """Where a file or folder of a run is, or will be."""
        return self.root / run_id / "artifacts" / name

    def add(self, run_id: str, source: Path, name: str = "") -> Path:
        """Copy a file or a whole folder to a run, as `name` or under its own; returns where it is."""
        target = self.path(run_id, name or source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, target)
        return target

    def add_text(self, run_id: str, name: str, text: str) -> None:
        """Write a text file of a run."""
        target = self.path(run_id, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def add_json(self, run_id: str, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file of a run."""
        self.add_text(run_id, name, json.dumps(content, indent=2, default=str))

    def remove(self, run_id: str, name: str) -> None:
        """Delete a file or folder of a run, if it is there."""
        found = self.path(run_id, name)
        if found.is_dir():
            shutil.rmtree(found)
        else:
            found.unlink(missing_ok=True)

    def discard(self, run_id: str) -> None:
        """Delete all files of a run."""
        shutil.rmtree(self.root / run_id, ignore_errors=True)


def files_removed_at(store: Store, version: ModelVersion) -> str | None:
    """When the files of `version` were removed, or None while they are there."""
    return store.entry(version).tags.get(REMOVED_AT)


def remove_files(store: Store, files: RunFiles, version: ModelVersion, when: datetime) -> None:
    """Delete the model and the folds' nights of `version`, then say so in its tag `files_removed_at`."""
    run_id = store.entry(version).run_id
    for name in (BUNDLE, TUNING):
        files.remove(run_id, name)
    stamp = when.replace(tzinfo=None).isoformat(timespec="seconds")
    store.client.set_model_version_tag(version.name, version.version, REMOVED_AT, stamp)


def require_files(store: Store, version: ModelVersion) -> None:
    """Raise FilesRemoved where the files of `version` are gone for good."""
    if (when := files_removed_at(store, version)) is not None:
        raise FilesRemoved(
            f"The files of version {version.version} were removed at {when} by housekeeping, which keeps those of "
            "housekeeping.keep_models versions: train again instead (make train)."
        )
