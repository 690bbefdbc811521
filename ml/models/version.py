"""A model's name and version in the registry."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelVersion:
    """A registered model: its name and version in the registry."""

    name: str
    version: str
