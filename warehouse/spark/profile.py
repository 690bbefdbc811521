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
    text = jinja.from_string((ROOT / "profiles.yml").read_text()).render(env_var=env.get)
    return dict(yaml.safe_load(text)["nightshift"]["outputs"][target])
