"""Which fleet is meant, and its vars: the root's own, or those of the dbt project that DBT_PROJECT_DIR names.

Such a project, usually a folder of `fleets/`, has the root as its one package. What its vars do not say is as the
root's say: dbt and Python fill it in alike.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from settings.frozen import SettingsError
from settings.own_settings import SETTINGS, Given, own_settings, refuse_at_the_root

FLEET_FILE = "dbt_project.yml"
PACKAGES_FILE = "packages.yml"
PACKAGE = "nightshift"  # the root's own name, and that of all models
# What the file of a fleet must say beside its name and vars, and what dbt would do without it.
NEEDED_LINES: dict[str, tuple[object, str]] = {
    "profile": (PACKAGE, "find no warehouse"),
    "flags": (
        {"indirect_selection": "buildable", "send_anonymous_usage_stats": False},
        "run tests before the tables that they compare, and report its use",
    ),
    "dispatch": (
        [{"macro_namespace": "dbt", "search_order": [PACKAGE, "dbt"]}],
        "make tables in its own way and not in Nightshift's",
    ),
    "unit_tests": ({PACKAGE: {"+enabled": False}}, "run Nightshift's own unit tests under this fleet's vars"),
}


@dataclass(frozen=True)
class FleetVars:
    """What the fleet's file says: its vars, with the root's for what it does not say, and the names of its own.

    settings: the sections and keys of workspace.toml that it sets otherwise.
    """

    known: dict[str, Any]
    own: frozenset[str]
    settings: dict[str, Given]


def fleet_folder(root: Path, env: Mapping[str, str]) -> Path:
    """The folder of the dbt project that DBT_PROJECT_DIR names, absolute; `root` where it names none.

    A relative one is meant from where the command is run, as in dbt. Raises SettingsError where there is no project.
    """
    if not (named := env.get("DBT_PROJECT_DIR", "")):
        return root
    folder = Path(named).expanduser().resolve()
    if folder == root.resolve():
        return root
    if not (folder / FLEET_FILE).is_file():
        raise SettingsError(
            f"DBT_PROJECT_DIR = {named} names no fleet: {folder} has no {FLEET_FILE}. Name the folder of one, such as "
            "fleets/presses, or take the variable away for the fleet of the root."
        )
    return folder


def shown_file(root: Path, folder: Path) -> str:
    """The fleet's file as sentences name it: `dbt_project.yml`, `fleets/presses/dbt_project.yml`."""
    file = folder / FLEET_FILE
    return str(file.relative_to(root)) if file.is_relative_to(root) else str(file)


def fleet_vars(root: Path, folder: Path) -> FleetVars:
    """The vars of the fleet in `folder`.

    Raises SettingsError where a file cannot be read, or dbt would not build such a project as Nightshift does.
    """
    known = _vars(_read(root / FLEET_FILE), root / FLEET_FILE)
    refuse_at_the_root(known, FLEET_FILE)
    if folder == root:
        return FleetVars(known, frozenset(known), {})
    shown = shown_file(root, folder)
    project = _read(folder / FLEET_FILE)
    own = _vars(project, folder / FLEET_FILE) if "vars" in project else {}
    if project.get("name") != PACKAGE:  # a copy of the root needs nothing of this
        _require_lines(project, shown)
        _require_package(root, folder)
    settings = own_settings(own, shown)
    own.pop(SETTINGS, None)
    return FleetVars({**known, **own}, frozenset(own), settings)


def _require_lines(project: Mapping[str, Any], shown: str) -> None:
    for key, (needed, otherwise) in NEEDED_LINES.items():
        if not _holds(project.get(key), needed):
            line = yaml.safe_dump({key: needed}, default_flow_style=True, width=1000, sort_keys=False)[1:-2]
            raise SettingsError(f"{shown}: add the line `{line}`; without it dbt would {otherwise}.")


def _holds(given: object, needed: object) -> bool:
    if isinstance(needed, Mapping):
        return isinstance(given, Mapping) and all(_holds(given.get(key), value) for key, value in needed.items())
    if isinstance(needed, list):
        return isinstance(given, list) and all(any(_holds(one, value) for one in given) for value in needed)
    return given == needed


def _require_package(root: Path, folder: Path) -> None:
    file = folder / PACKAGES_FILE
    packages = _read(file).get("packages") if file.is_file() else None
    given = [Path(str(one["local"])) for one in packages or [] if isinstance(one, Mapping) and "local" in one]
    if root.resolve() not in [(folder / local).resolve() for local in given]:
        way = os.path.relpath(root.resolve(), folder)
        raise SettingsError(f"{file} does not name Nightshift as its package: write `packages: [{{local: {way}}}]`.")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing: restore it from the repository.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} has no readable `vars:` block{_place(error)}. Correct it.") from None
    return found if isinstance(found, dict) else {}


def _vars(project: Mapping[str, Any], path: Path) -> dict[str, Any]:
    found = project.get("vars")
    if not isinstance(found, dict):
        raise SettingsError(f"{path} has no readable `vars:` block. Correct it.")
    return dict(found)


def _place(error: Exception) -> str:
    """Where the text cannot be read, without the text itself."""
    mark = getattr(error, "problem_mark", None)
    return f": {getattr(error, 'problem', '')}, line {mark.line + 1}" if mark else ""
