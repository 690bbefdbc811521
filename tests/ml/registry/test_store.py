"""The registry as it is read without MLflow: what MLflow itself would say, at any moment."""

from pathlib import Path

import pytest

from ml.models.version import ModelVersion
from ml.registry.registry import Registry, open_registry
from ml.registry.thresholds import alert_thresholds
from settings import Settings


@pytest.fixture(scope="module")
def models(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Three versions, of which the second was deleted; and one of another model."""
    paths = settings.paths.model_copy(update={"home": tmp_path_factory.mktemp("home")})
    found = open_registry(paths, settings.workspace.mlflow)
    client, name = found.client, found.names.model_name
    for model, versions in ((name, 3), ("other", 1)):
        client.create_registered_model(model)
        for _ in range(versions):
            client.create_model_version(model, Path("/nowhere").as_uri(), "a" * 32, tags={"decision": "{}"})
    client.delete_model_version(name, "2")
    client.set_model_version_tag(name, "3", "note", "it's 100 % <odd>")
    return found


def test_versions_and_tags_are_those_that_mlflow_lists(models: Registry) -> None:
    name = models.names.model_name
    listed = models.client.search_model_versions(f"name = '{name}'")
    told = {str(found.version): (found.run_id, dict(found.tags)) for found in listed}
    assert {entry.version.version: (entry.run_id, entry.tags) for entry in models.store.entries()} == told
    assert [version.version for version in models.versions()] == ["3", "1"]
    assert models.store.entry(ModelVersion(name, "3")).tags["note"] == "it's 100 % <odd>"
    with pytest.raises(LookupError, match="no version 2"):
        models.store.entry(ModelVersion(name, "2"))


def test_an_alias_that_somebody_moves_counts_at_once(models: Registry) -> None:
    name = models.names.model_name
    assert models.aliases.champion() is None
    models.client.set_registered_model_alias("other", "champion", "1")
    assert models.aliases.champion() is None
    for version in ("1", "3"):
        models.client.set_registered_model_alias(name, "champion", version)
        assert models.aliases.champion() == ModelVersion(name, version)
    models.client.delete_registered_model_alias(name, "champion")
    assert models.aliases.champion() is None


def test_thresholds_are_those_that_trainings_logged(models: Registry, tmp_path: Path) -> None:
    names = models.names.model_copy(update={"model_name": "other"})
    run = models.client.create_run("0").info.run_id
    for value in (0.5, 0.25):
        models.client.log_metric(run, "threshold", value)
    version = str(models.client.create_model_version("other", Path("/nowhere").as_uri(), run).version)
    assert alert_thresholds(models.store.paths, names, ["1", version, "99", "none"]) == {version: 0.25}
    assert alert_thresholds(models.store.paths.model_copy(update={"home": tmp_path}), names, [version]) == {}
    assert not list(tmp_path.iterdir())
