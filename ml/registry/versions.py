"""The registered versions of a model, as MLflow lists them."""

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion as MlflowModelVersion
from mlflow.exceptions import MlflowException

from ml.models.version import ModelVersion

MOST_VERSIONS = 10_000  # what MLflow gives in one page


def all_versions(client: MlflowClient, model_name: str) -> list[MlflowModelVersion]:
    """Every version with its tags, newest first."""
    found = client.search_model_versions(f"name = '{model_name}'", max_results=MOST_VERSIONS)
    return sorted(found, key=lambda version: -int(version.version))


def aliased_version(client: MlflowClient, model_name: str, alias: str) -> ModelVersion | None:
    """The version that carries `alias`, or None."""
    try:
        return named(client.get_model_version_by_alias(model_name, alias))
    except MlflowException:
        return None


def new_version(client: MlflowClient, model_name: str, run_id: str, source: str) -> ModelVersion:
    """Register the model that lies at `source`, which `run_id` made, as the next version."""
    try:
        client.create_registered_model(model_name, description="Failure within the horizon, per component and for any.")
    except MlflowException:
        client.get_registered_model(model_name)
    return named(client.create_model_version(model_name, source, run_id))


def named(found: MlflowModelVersion) -> ModelVersion:
    """Name and version of what MLflow gave."""
    return ModelVersion(found.name, str(found.version))
