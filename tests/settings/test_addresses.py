"""A team's servers come from the environment, and what is wrong with an address is told without it."""

import pytest

from settings import SettingsError, load_settings

SECRET = "postgresql+psycopg2://me:s3cret@db/x"


def test_unset_everything_stays_on_this_machine() -> None:
    workspace = load_settings(env={}).workspace
    assert (workspace.mlflow.database, workspace.mlflow.files, workspace.publishing.mirror) == ("", "", "")


def test_each_variable_reaches_its_setting() -> None:
    env = {"NIGHTSHIFT_MLFLOW_DB": SECRET, "NIGHTSHIFT_MLFLOW_FILES": "s3://b/m/", "NIGHTSHIFT_MIRROR": "s3://b"}
    loaded = load_settings(env=env)
    assert (loaded.workspace.mlflow.database, loaded.workspace.mlflow.files) == (SECRET, "s3://b/m")
    assert loaded.workspace.publishing.mirror == "s3://b"
    assert "s3cret" not in repr(loaded)


@pytest.mark.parametrize(
    ("variable", "address", "cure"),
    [
        ("NIGHTSHIFT_MLFLOW_DB", "postgres:s3cret@db", "postgresql+psycopg2://user:password@host:port/database"),
        ("NIGHTSHIFT_MLFLOW_DB", "mysql://me:s3cret@db/x", "postgresql+psycopg2://user:password@host:port/database"),
        ("NIGHTSHIFT_MLFLOW_FILES", "/mnt/s3cret", "s3://bucket/folder"),
        ("NIGHTSHIFT_MIRROR", "s3:///s3cret", "s3://bucket/folder"),
    ],
)
def test_an_address_of_another_kind_is_refused_by_the_variable_and_a_form(
    variable: str, address: str, cure: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(env={variable: address})
    assert f"{variable} must be written {cure}" in str(refused.value)
    if variable == "NIGHTSHIFT_MLFLOW_DB":
        assert "s3cret" not in str(refused.value)
