"""Reads profiles.yml as dbt does: the one place that configures Spark."""

import os
from collections.abc import Mapping
from typing import Any

import yaml
from jinja2 import Environment

from settings import ROOT


def profile_output(target: str, env: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The output `target` of the project's profile, with its environment variables filled in."""
    jinja = Environment(autoescape=False)
    jinja.filters["as_number"] = int

    flags = {"PROFILES_DIR": str(ROOT)}  # what dbt shows a profile

    def filled(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
        """Text is filled in once it is read: a path may hold what means something in YAML."""
        if isinstance(value, Mapping):
            return {name: filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return list(map(filled, value))
        if not isinstance(value, str):
            return value
        return jinja.from_string(value).render(env_var=env.get, flags=flags)

    profiles = yaml.safe_load((ROOT / "profiles.yml").read_text())
    return dict(filled(profiles["nightshift"]["outputs"][target]))
