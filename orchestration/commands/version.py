"""`make version`: the version of Nightshift, which `pyproject.toml` alone says."""

import sys
import tomllib
from pathlib import Path

from settings import ROOT


def version(root: Path = ROOT) -> str:
    """The version that `pyproject.toml` under `root` names."""
    return str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])


def main() -> int:
    """Print the version; always 0."""
    print(f"nightshift {version()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
