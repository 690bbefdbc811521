"""The version has one owner, `pyproject.toml`, and can be asked for."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

from orchestration.commands.version import version
from settings import ROOT


def test_the_command_prints_what_pyproject_says(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "nightshift"\nversion = "7.8.9"\n')
    assert version(tmp_path) == "7.8.9"
    printed = subprocess.run(
        [sys.executable, "-m", "orchestration.commands.version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert printed.stdout == f"nightshift {version()}\n"


def test_nothing_else_owns_a_version() -> None:
    assert "version" not in yaml.safe_load((ROOT / "dbt_project.yml").read_text())


def test_the_changelog_tells_of_it() -> None:
    """The newest release in the changelog is this version, under a list of what is not released yet."""
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert headings[:2] == ["Unreleased", version()]
