"""The files of training runs, under the home and in a team's store, and what is said where they are gone."""

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ml.models.version import ModelVersion
from ml.registry.store import Store
from settings import MLFLOW_FILES, MLflowSettings, Paths
from warehouse.object_store import PARTIAL_END, ObjectStore
from warehouse.servers import ServerUnreachable

BUNDLE, TUNING, RECIPE, CARD = "bundle", "tuning.parquet", "settings.json", "model_card.md"
REMOVED_AT = "files_removed_at"


class FilesRemoved(LookupError):
    """Housekeeping has removed the files of a model; the message says when and which setting keeps more."""


class FilesDamaged(FilesRemoved):
    """Files of a model are there, and cannot be used; the message names what is wrong with them, and the cures."""


@dataclass(frozen=True)
class RunFiles:
    """The files of the runs of one home: `root` holds a folder for each, laid out as MLflow does it.

    MLflow's database says where files are, too, as absolute paths. Those are never followed here: a home may have been
    moved or copied, and a copy must neither read nor touch what belongs to its origin.

    Where a team keeps its models in a `remote` store, they are sent there when they are whole, and `root` is what this
    machine has of them. Then all but `path` and what adds files raise ServerUnreachable.
    """

    root: Path
    remote: ObjectStore | None = None

    def path(self, run_id: str, name: str) -> Path:
        """Where a file or folder of a run is on this machine, or will be."""
        return self.root / _below(run_id, name)

    @property
    def location(self) -> str:
        """What MLflow is told of where the files of all runs are."""
        return self.remote.address if self.remote else self.root.absolute().as_uri()

    def address(self, run_id: str, name: str) -> str:
        """What MLflow is told of where a file or folder of a run is."""
        return f"{self.location}/{_below(run_id, name)}" if self.remote else self.path(run_id, name).absolute().as_uri()

    def found(self, run_id: str, name: str) -> Path:
        """Where a file or folder of a run is on this machine; it is brought from the remote store if need be."""
        target = self.path(run_id, name)
        if self.remote and not target.exists():
            self._bring(self.remote, _below(run_id, name), target)
        return target

    def send(self, run_id: str, name: str = "") -> None:
        """Send what this machine has of a run, all of it or one file, to the remote store, where there is one."""
        if self.remote:
            for path in _files_of(self.path(run_id, name)):
                self.remote.upload(path, path.relative_to(self.root).as_posix())

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
        """Delete a file or folder of a run, if it is there, on this machine and in the remote store."""
        found = self.path(run_id, name)
        if found.is_dir():
            shutil.rmtree(found)
        else:
            found.unlink(missing_ok=True)
        if self.remote:
            below = _below(run_id, name)
            self.remote.remove(file for file in self.remote.files(below) if _is_within(file, below))

    def discard(self, run_id: str) -> None:
        """Delete all files of a run; those in a remote store that does not answer stay."""
        shutil.rmtree(self.root / run_id, ignore_errors=True)
        if self.remote:
            with suppress(ServerUnreachable):
                self.remote.remove(self.remote.files(f"{run_id}/"))

    @staticmethod
    def _bring(remote: ObjectStore, below: str, target: Path) -> None:
        """Bring a file, or a folder as a whole, from the remote store; nothing where it has neither."""
        partial = target.with_name(f".{target.name}{PARTIAL_END}")
        shutil.rmtree(partial, ignore_errors=True)
        for file in remote.files(below):
            if file == below:
                remote.download(file, target)
            elif _is_within(file, below):
                remote.download(file, partial / file.removeprefix(f"{below}/"))
        if partial.is_dir():
            partial.replace(target)


def _below(run_id: str, name: str) -> str:
    return f"{run_id}/artifacts/{name}".rstrip("/")


def _is_within(file: str, folder: str) -> bool:
    return file == folder or file.startswith(f"{folder}/")


def _files_of(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(found for found in path.rglob("*") if found.is_file())


def run_files(paths: Paths, names: MLflowSettings) -> RunFiles:
    """The files of the runs of the home `paths`, and of the store that a team keeps them in."""
    return RunFiles(paths.mlflow_artifacts, ObjectStore(names.files, MLFLOW_FILES) if names.files else None)


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
