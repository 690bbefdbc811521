"""Both files read into one frozen model, with the environment applied, and what is wrong with them in sentences."""

import os
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from settings.fleet import Fleet
from settings.frozen import Frozen, SettingsError
from settings.mapping import with_lookup_paths
from settings.workspace import Paths, Workspace

ROOT = Path(__file__).resolve().parents[1]
WORKSPACE_FILE = "workspace.toml"
FLEET_FILE = "dbt_project.yml"


class Settings(Frozen):
    """All settings: the workspace's and the fleet's."""

    workspace: Workspace
    fleet: Fleet

    @property
    def paths(self) -> Paths:
        """Short for `workspace.paths`."""
        return self.workspace.paths


SettingsPart = TypeVar("SettingsPart", bound=Frozen)


def load_settings(root: Path = ROOT, env: Mapping[str, str] = os.environ) -> Settings:
    """Read both files under `root`, apply the environment, and make every path absolute.

    Raises SettingsError with one sentence per problem.
    """
    _require_plain(root)
    raw = _read_toml(root / WORKSPACE_FILE)
    raw["paths"] = _resolve_paths(raw.get("paths", {}), root, env)
    if target := env.get("NIGHTSHIFT_TARGET"):
        raw["engine"] = {**raw.get("engine", {}), "target": target}
    if webhook := env.get("NIGHTSHIFT_WEBHOOK"):
        raw["notifications"] = {**raw.get("notifications", {}), "webhook_url": webhook}
    return Settings(
        workspace=_validate(Workspace, raw, WORKSPACE_FILE),
        fleet=_validate(Fleet, _read_vars(root / FLEET_FILE), f"{FLEET_FILE} vars"),
    )


def _resolve_paths(paths: dict[str, Any], root: Path, env: Mapping[str, str]) -> dict[str, Any]:
    home, drops = env.get("NIGHTSHIFT_HOME"), env.get("NIGHTSHIFT_DROPS")
    out = dict(paths)
    if home:
        out["home"] = Path(home).expanduser().absolute()
    elif "home" in paths:
        out["home"] = _under(root, paths["home"])
        out.setdefault("reports", root / "reports")
    if drops:
        out["drops"] = Path(drops).expanduser().absolute()
    elif home:
        out["drops"] = out["home"] / "drops"
    elif "drops" in paths:
        out["drops"] = _under(root, paths["drops"])
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
    """Write out a `~` in NIGHTSHIFT_HOME and NIGHTSHIFT_DROPS, for what reads them past us: profiles.yml and .env."""
    for name in ("NIGHTSHIFT_HOME", "NIGHTSHIFT_DROPS"):
        if env.get(name, "").startswith("~"):
            env[name] = str(Path(env[name]).expanduser())


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing: restore it from the repository.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Correct that line.") from None


def _read_vars(path: Path) -> dict[str, Any]:
    try:
        return with_lookup_paths(dict(yaml.safe_load(path.read_text())["vars"]), path.parent)
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing: restore it from the repository.") from None
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} has no readable `vars:` block{_place(error)}. Correct it.") from None


def _place(error: Exception) -> str:
    """Where the text cannot be read, without the text itself."""
    mark = getattr(error, "problem_mark", None)
    return f": {getattr(error, 'problem', '')}, line {mark.line + 1}" if mark else ""


def _validate(model: type[SettingsPart], raw: Mapping[str, Any], source: str) -> SettingsPart:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(source, item) for item in error.errors())) from None


def _sentence(source: str, item: ErrorDetails) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return f"{source}: unknown key `{key}`; remove it or correct its spelling."
    if item["type"] == "missing":
        return f"{source}: key `{key}` is missing; add it."
    if item["type"] == "value_error" and key in ("", "paths"):
        return f"{source}: {item['ctx']['error']}" + ("." if key else "; correct one of them.")
    return f"{source}: `{key}`{_shown(item)} is not usable ({item['msg']}); correct it."


def _shown(item: ErrorDetails) -> str:
    """The value that a sentence names; never one that may be a secret, whatever its type and wherever it stands."""
    value = item["input"]
    secret = item["loc"][:1] == ("notifications",) or not isinstance(value, bool | int | float | str | date)
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
