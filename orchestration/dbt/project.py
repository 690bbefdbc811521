"""Where Dagster finds the fleet's dbt project, and its manifest when the sources have changed."""

import os
import shutil
import sys
from pathlib import Path

from dagster_dbt import DbtProject
from dagster_dbt.core.dbt_cli_invocation import PARTIAL_PARSE_FILE_NAME

from ingestion.engine import require_engine
from orchestration.dbt.at_hand import graph_folder
from orchestration.dbt.failures import told_by_dbt
from orchestration.dbt.resource import LeanDbt
from orchestration.processes import is_alive
from settings import ROOT, Settings
from warehouse.dbt_server.server import changed_at

LINK = "dbt_packages/nightshift"  # where dbt puts the package of a fleet


def dbt_project(settings: Settings) -> DbtProject:
    """The project with an up-to-date manifest; parsing takes seconds and happens only after a change.

    The manifest has a folder of its own and is put there whole: builds write theirs in place, and may be killed.
    Raises WarehouseError where the engine is not installed.
    """
    require_engine(settings)
    target = settings.workspace.engine.target
    graph = graph_folder(settings)
    project = DbtProject(project_dir=settings.project, profiles_dir=ROOT, target_path=graph, target=target)
    if _is_stale(project.manifest_path, settings.project):
        _link_package(project, settings)
        for litter in settings.paths.dbt_target.glob("graph.*.partial"):
            if not is_alive(int(litter.name.split(".")[1]), litter.stat().st_mtime):
                shutil.rmtree(litter, ignore_errors=True)
        scratch = settings.paths.dbt_target / f"graph.{os.getpid()}.partial"
        with told_by_dbt(scratch):
            dbt_resource(project).alone.cli(["parse", "--quiet"], target_path=scratch).wait()
        graph.mkdir(parents=True, exist_ok=True)
        for made in (PARTIAL_PARSE_FILE_NAME, project.manifest_path.name):
            own = scratch / f"own.{made}"
            shutil.copyfile(scratch / made, own)  # with this process's umask: a partial parse may come with another's
            own.replace(graph / made)
        shutil.rmtree(scratch)
    return project


def dbt_resource(project: DbtProject) -> LeanDbt:
    """Dbt from beside this very Python, so that an environment that is not activated works too, on its engine."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    return LeanDbt(project_dir=project, dbt_executable=dbt, kept_in=str(project.target_path))  # type: ignore[arg-type]


def _is_stale(manifest: Path, project: Path) -> bool:
    if not manifest.exists() or not _is_linked(project):
        return True
    return manifest.stat().st_mtime < max(changed_at(project))


def _link_package(project: DbtProject, settings: Settings) -> None:
    """`dbt deps`, which links the root into a fleet of its own folder: no network, and nothing where it is there."""
    if not _is_linked(settings.project):
        with told_by_dbt(settings.paths.dbt_target):
            dbt_resource(project).alone.cli(["deps", "--quiet"], target_path=settings.paths.dbt_target).wait()


def _is_linked(project: Path) -> bool:
    return project == ROOT or (project / LINK).resolve() == ROOT.resolve()
