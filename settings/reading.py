"""All settings files read into one frozen model, with the environment applied, and what is wrong in sentences."""

import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from settings.at_fault import keys_at_fault
from settings.fleet import Fleet
from settings.fleet_file import FleetVars, fleet_folder, fleet_vars, shown_file
from settings.frozen import Frozen, SettingsError
from settings.key_hints import did_you_mean
from settings.lines import PathKey
from settings.mapping import with_lookup_paths
from settings.own_settings import SETTINGS, overridden
from settings.paths import Paths
from settings.places import WORKSPACE_FILE, Places
from settings.variables import variable_of, with_variables
from settings.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
FLEET_HOME = "data"  # below the folder of a fleet


class Settings(Frozen):
    """All settings: the workspace's and the fleet's. `project` is the folder of the fleet's dbt project."""

    workspace: Workspace
    fleet: Fleet
    project: Path = ROOT

    @property
    def paths(self) -> Paths:
        """Short for `workspace.paths`."""
        return self.workspace.paths

    def placed(self, text: str) -> str:
        """The text with file and line of every setting that it names: see `Places.told`."""
        return self.fleet.placed(text)


SettingsPart = TypeVar("SettingsPart", bound=Frozen)


def load_settings(root: Path = ROOT, env: Mapping[str, str] = os.environ) -> Settings:
    """Read the files of `root` and of the fleet, apply the environment, and make every path absolute.

    Raises SettingsError with one sentence per problem.
    """
    _require_plain(root)
    shared = _read_toml(root / WORKSPACE_FILE)
    project = fleet_folder(root, env)
    variables = fleet_vars(root, project)
    raw = overridden(shared, variables.settings)
    own_paths = variables.settings.get("paths", {})
    raw["paths"] = _resolve_paths(shared.get("paths", {}), own_paths, root, project, env)
    raw = with_variables(raw, env)
    places = Places(root, project)

    def source(item: ErrorDetails) -> str:
        return variable_of(item["loc"], env) or _of_setting(places, keys_at_fault(item, raw))

    workspace = _validate(Workspace, raw, source)
    return Settings(workspace=workspace, fleet=_read_fleet(variables, places), project=project)


def _of_setting(places: Places, keys: Sequence[Sequence[PathKey]]) -> str:
    """The first of the keys that the fleet sets itself, or else the first."""
    found = [places.of_setting(path) for path in keys]
    own = next((place for place in found if not place.startswith(WORKSPACE_FILE)), "")
    return f"{own} vars.{SETTINGS}" if own else found[0]


def _read_fleet(variables: FleetVars, places: Places) -> Fleet:
    """The fleet's vars over the root's; a sentence names the file and the line that has the var."""
    root, project = places.root, places.project
    known = with_lookup_paths(variables.known, project if "mapping" in variables.own else root)
    shown = shown_file(root, project)

    def source(item: ErrorDetails) -> str:
        return f"{places.of_vars(keys_at_fault(item, known))} vars"

    return _validate(Fleet, known, source, also=(SETTINGS,)).told_in(shown).placed_by(places)


def _resolve_paths(
    paths: dict[str, Any], own: Mapping[str, Any], root: Path, project: Path, env: Mapping[str, str]
) -> dict[str, Any]:
    """Absolute paths: those of workspace.toml are below `root`, those of the fleet's own file below `project`."""
    home, drops = env.get("NIGHTSHIFT_HOME"), env.get("NIGHTSHIFT_DROPS")
    out = {**paths, **own}
    if home:
        out["home"] = Path(home).expanduser().absolute()
    elif project != root:
        out["home"] = project / FLEET_HOME
    elif "home" in paths:
        out["home"] = _under(root, paths["home"])
        out.setdefault("reports", root / "reports")
    if drops:
        out["drops"] = Path(drops).expanduser().absolute()
    elif "drops" in own:
        out["drops"] = _under(project, own["drops"])
    elif home or project != root:
        out["drops"] = out["home"] / "drops"
    elif "drops" in paths:
        out["drops"] = _under(root, paths["drops"])
    if "reports" in own:
        out["reports"] = _under(project, own["reports"])
    return out


def _under(root: Path, given: object) -> object:
    return root / Path(given).expanduser() if isinstance(given, str) else given


def _require_plain(root: Path) -> None:
    """MLflow's migrations take `%` in their own path for a name; Dagster looks for dagster.yaml by a pattern."""
    if odd := sorted(set("%*?[") & set(str(root))):
        raise SettingsError(
            f"The folder of this repository, {root}, holds {', '.join(map(repr, odd))}, which MLflow or Dagster would "
            "take for something else: rename it, or move the repository."
        )


def write_out_homes(env: MutableMapping[str, str] = os.environ) -> None:
    """Write out the folders that the environment names, for what reads them past us: profiles.yml, .env and dbt.

    A home may begin with `~` or be relative; a fleet is named in one way, from the root where it lies below it.
    """
    for name in ("NIGHTSHIFT_HOME", "NIGHTSHIFT_DROPS"):
        if env.get(name):
            env[name] = str(Path(env[name]).expanduser().absolute())
    if env.get("DBT_PROJECT_DIR"):
        env["DBT_PROJECT_DIR"] = fleet_name(env["DBT_PROJECT_DIR"])


def fleet_name(named: str) -> str:
    """A fleet's folder as DBT_PROJECT_DIR is to name it, so that everything of the fleet is found by one name."""
    folder = Path(named).expanduser().resolve()
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else str(folder)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing: restore it from the repository.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Correct that line.") from None


def _validate(
    model: type[SettingsPart],
    raw: Mapping[str, Any],
    source: Callable[[ErrorDetails], str],
    also: Iterable[str] = (),
) -> SettingsPart:
    """The model of `raw`; `source` says in which file and line it is wrong, `also` are keys that are read elsewhere."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        told = [_sentence(source(item), item, model, also) for item in error.errors()]
        raise SettingsError("\n".join(told)) from None


_PLAIN = {  # what pydantic says in terms of Python
    "dict_type": "it must be keys with a value each",
    "model_type": "it must be keys with a value each",
    "tuple_type": "it must be a list",
}


def _sentence(source: str, item: ErrorDetails, model: type[Frozen], also: Iterable[str]) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        meant = did_you_mean(model, item["loc"], also)
        hint = f": did you mean `{meant}`?" if meant else "."
        return f"{source}: unknown key `{key}`; remove it or correct its spelling{hint}"
    if item["type"] == "missing":
        return f"{source}: key `{key}` is missing; add it."
    if item["type"] == "value_error" and key in ("", "paths"):
        return f"{source}: {item['ctx']['error']}" + ("." if key else "; correct one of them.")
    told = _PLAIN.get(item["type"], item["msg"].removeprefix("Value error, "))
    return f"{source}: `{key}`{_shown(item)} is not usable ({told}); correct it."


def _shown(item: ErrorDetails) -> str:
    """The value that a sentence names; never one that may be a secret, whatever its type and wherever it stands."""
    value = item["input"]
    secret = item["loc"][:1] == ("notifications",) or item["loc"] == ("mlflow", "database")
    secret = secret or not isinstance(value, bool | int | float | str | date)
    return "" if secret or "://" in str(value) else f" = {value!r}"


@contextmanager
def home_for(folder: Path) -> Iterator[None]:
    """Set NIGHTSHIFT_HOME to `folder` inside the block: profiles.yml finds the warehouse by it."""
    before = os.environ.get("NIGHTSHIFT_HOME")
    os.environ["NIGHTSHIFT_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["NIGHTSHIFT_HOME"]
        else:
            os.environ["NIGHTSHIFT_HOME"] = before
