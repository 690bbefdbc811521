"""What a fleet sets otherwise than `workspace.toml`, which all fleets of a checkout share: `vars.settings` of its file.

They stand among its vars because dbt lets a project say what it likes there and nowhere else, and no macro reads them.
"""

from collections.abc import Mapping
from typing import Any

from settings.frozen import SettingsError

SETTINGS = "settings"  # the var's name
_BY_DBT = {"paths.home": "NIGHTSHIFT_HOME"}  # dbt finds by the environment alone what these say

Given = dict[str, Any]


def own_settings(variables: Mapping[str, Any], shown: str) -> dict[str, Given]:
    """The sections of `vars.settings`, each the keys that it sets. Raises SettingsError where they are no such thing.

    shown: the fleet's file, as sentences name it.
    """
    found = variables.get(SETTINGS)
    if found is None:
        return {}
    for name, given in found.items() if isinstance(found, Mapping) else [("", found)]:
        if not isinstance(given, Mapping):
            key = f"{SETTINGS}.{name}".rstrip(".")
            raise SettingsError(
                f"{shown} vars: `{key}` must be sections of workspace.toml with the keys that are to differ, such as "
                "{training: {folds: 2}, replay: {nights: 7}}."
            )
    sections = {str(name): {str(key): value for key, value in given.items()} for name, given in found.items()}
    for key, variable in _BY_DBT.items():
        section, _, name = key.partition(".")
        if name in sections.get(section, {}):
            raise SettingsError(
                f"{shown} vars: `{SETTINGS}.{key}` would not reach dbt; take it out and set {variable} instead."
            )
    return sections


def refuse_at_the_root(variables: Mapping[str, Any], shown: str) -> None:
    """Raise SettingsError where the root's own file has settings: they would stand in two places."""
    if SETTINGS in variables:
        raise SettingsError(
            f"{shown} vars: `{SETTINGS}` are for fleets in folders of their own; write these into workspace.toml, and "
            "take them out here."
        )


def overridden(shared: Mapping[str, Any], own: Mapping[str, Given]) -> Given:
    """The sections of workspace.toml with the keys that the fleet sets itself."""
    out = dict(shared)
    for name, given in own.items():
        before = out.get(name, {})
        out[name] = {**before, **given} if isinstance(before, Mapping) else given
    return out
