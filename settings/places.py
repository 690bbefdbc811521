"""Where a setting stands: the file and the line of a key, and of the keys that a sentence names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import PrivateAttr

from settings.at_fault import keys
from settings.fleet_file import FLEET_FILE, shown_file
from settings.frozen import Frozen
from settings.lines import PathKey, toml_line, yaml_line
from settings.own_settings import SETTINGS
from settings.workspace import Workspace

WORKSPACE_FILE = "workspace.toml"
_TOLD = r"(?! \([^ )]*:\d+\))"  # a key whose place is told already is left alone
_PATH = r"(?:\.\w+|\[\d+\])*"
_VAR = re.compile(rf"\bvars(?P<path>\.\w+{_PATH})(?![\w\[]|\.\w){_TOLD}")
_SETTING = re.compile(rf"(?<![\w.])(?P<path>[a-z_]+\.[a-z_]+)(?![\w(]|\.\w){_TOLD}")


@dataclass(frozen=True)
class Places:
    """The files that hold the settings: `root` has workspace.toml and a dbt_project.yml, `project` the fleet's own."""

    root: Path
    project: Path

    def of_var(self, path: Sequence[PathKey]) -> str:
        """File and line of vars.<path>, or of as much of it as stands anywhere: `fleets/presses/dbt_project.yml:37`.

        The fleet's own file comes first; where neither has the var, it is where the fleet's `vars:` begin.
        """
        own = yaml_line(self.project / FLEET_FILE, ("vars", *path))
        known = own if self.project == self.root else yaml_line(self.root / FLEET_FILE, ("vars", *path))
        if known[1] > 1 >= own[1]:
            return f"{FLEET_FILE}:{known[0]}"
        return f"{shown_file(self.root, self.project)}:{own[0]}"

    def of_vars(self, paths: Sequence[Sequence[PathKey]]) -> str:
        """The same of the first of several that stands in the fleet's own file; else of the first."""
        file = self.project / FLEET_FILE
        return self.of_var(next((path for path in paths if yaml_line(file, ("vars", *path[:1]))[1] > 1), paths[0]))

    def of_setting(self, path: Sequence[PathKey]) -> str:
        """File and line of a key of workspace.toml, or of its section where the file does not give it."""
        own = yaml_line(self.project / FLEET_FILE, ("vars", SETTINGS, *path))
        if own[1] >= len(path) + 2:
            return f"{shown_file(self.root, self.project)}:{own[0]}"
        line = toml_line(self.root / WORKSPACE_FILE, path)
        return f"{WORKSPACE_FILE}:{line}" if line else WORKSPACE_FILE

    def told(self, text: str) -> str:
        """The text with file and line behind the first mention, in each line, of every setting that it names.

        Vars are named as `vars.sensors.volt` and `vars.mapping.telemetry[0].where`, others as `training.folds`.
        """
        return "\n".join(map(self._told, text.split("\n")))

    def _told(self, line: str) -> str:
        seen: set[str] = set()

        def placed(found: re.Match[str], place: str) -> str:
            if not place or found[0] in seen:
                return found[0]
            seen.add(found[0])
            return f"{found[0]} ({place})"

        line = _VAR.sub(lambda found: placed(found, self.of_var(keys(found["path"]))), line)
        return _SETTING.sub(lambda found: placed(found, self._of_setting_named(found["path"])), line)

    def _of_setting_named(self, name: str) -> str:
        section, key = name.split(".")
        known = Workspace.model_fields.get(section)
        fields = getattr(known.annotation, "model_fields", {}) if known else {}
        return self.of_setting((section, key)) if key in fields else ""


class Placed(Frozen):
    """The vars of one file: which it is, and on which line each of them stands."""

    _file: str = PrivateAttr(FLEET_FILE)
    _places: Places | None = PrivateAttr(None)

    @property
    def file(self) -> str:
        """The file that holds these vars, as sentences name it."""
        return self._file

    @property
    def settings_place(self) -> str:
        """Where people set for this fleet what `workspace.toml` sets for all, as sentences name it."""
        return "workspace.toml" if self._file == FLEET_FILE else f"vars.settings of {self._file}"

    def told_in(self, file: str) -> Self:
        """The same fleet, whose vars stand in `file`."""
        told = self.model_copy()
        told._file = file
        return told

    def placed_like(self, other: Self) -> Self:
        """The same fleet, whose vars stand where those of `other` do."""
        placed = self.told_in(other.file)
        placed._places = other._places
        return placed

    def placed_by(self, places: Places) -> Self:
        """The same fleet, whose vars stand where `places` says."""
        placed = self.model_copy()
        placed._places = places
        return placed

    def placed(self, text: str) -> str:
        """The text with file and line of every setting that it names: see `Places.told`."""
        return text if self._places is None else self._places.told(text)
