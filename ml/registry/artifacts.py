"""The files of a model version in MLflow, and what is said of one whose files are gone."""

from datetime import datetime

from mlflow import MlflowClient
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from ml.models.version import ModelVersion

BUNDLE, TUNING, RECIPE, CARD = "bundle", "tuning.parquet", "settings.json", "model_card.md"
REMOVED_AT = "files_removed_at"


class FilesRemoved(LookupError):
    """Housekeeping has removed the files of a model; the message says when and which setting keeps more."""


def files_removed_at(client: MlflowClient, version: ModelVersion) -> str | None:
    """When the files of `version` were removed, or None while they are there."""
    return client.get_model_version(version.name, version.version).tags.get(REMOVED_AT)


def remove_files(client: MlflowClient, version: ModelVersion, when: datetime) -> None:
    """Delete the model and the folds' nights of `version`, then say so in its tag `files_removed_at`."""
    run_id = client.get_model_version(version.name, version.version).run_id
    files = get_artifact_repository(client.get_run(str(run_id)).info.artifact_uri)
    for name in (BUNDLE, TUNING):
        files.delete_artifacts(name)
    stamp = when.replace(tzinfo=None).isoformat(timespec="seconds")
    client.set_model_version_tag(version.name, version.version, REMOVED_AT, stamp)


def require_files(client: MlflowClient, version: ModelVersion) -> None:
    """Raise FilesRemoved where the files of `version` are gone for good."""
    if (when := files_removed_at(client, version)) is not None:
        raise FilesRemoved(
            f"The files of version {version.version} were removed at {when} by housekeeping, which keeps those of "
            "[housekeeping] keep_models versions (workspace.toml): train again instead (make train)."
        )
