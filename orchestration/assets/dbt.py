"""dbt's models as assets and dbt's tests as asset checks, in the two halves that scoring stands between."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import AssetExecutionContext, AssetsDefinition, Output, ResourceParam
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from ingestion.engine import show_tables
from orchestration.assets.drift_ahead import pictures_loaded
from orchestration.dbt.failures import told_by_dbt
from orchestration.pools import WAREHOUSE
from settings import Settings
from steps.restatements import restatement_lines
from warehouse.tables import row_counts

# The folders of models before scoring, each a group of assets.
BEFORE_SCORING = ("builds", "staging", "spine", "features", "labels", "marts", "quality")
# By package and folder, for a path would be looked for in the fleet's project; with the sources, which have tests too.
FEATURE_MODELS = " ".join([*(f"fqn:nightshift.{folder}" for folder in BEFORE_SCORING), "source:raw", "source:state"])
OUTCOME_MODELS = "fqn:nightshift.outcomes fqn:nightshift.models.outcomes source:ml"  # the second: tests of sources


class RoomTranslator(DagsterDbtTranslator):
    """Groups assets by the folder of their model: the rooms of the tree."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The folder of a model, the schema of a source."""
        if dbt_resource_props["resource_type"] == "source":
            return str(dbt_resource_props["source_name"])
        return str(dbt_resource_props["fqn"][-2])


def dbt_model_assets(project: DbtProject, settings: Settings) -> list[AssetsDefinition]:
    """`feature_models` (staging to mart) and `outcome_models` (predictions to the morning's ranking)."""
    return [
        _models("feature_models", FEATURE_MODELS, project),
        _models("outcome_models", OUTCOME_MODELS, project),
    ]


def _models(name: str, select: str, project: DbtProject) -> AssetsDefinition:
    @dbt_assets(
        name=name,
        manifest=project.manifest_path,
        select=select,
        project=project,
        dagster_dbt_translator=RoomTranslator(),
        pool=WAREHOUSE,
    )
    def models(
        context: AssetExecutionContext, dbt: DbtCliResource, workspace: ResourceParam[Settings]
    ) -> Iterator[Any]:
        # Unit tests speak of the code, not of the night's data: `make test` runs them.
        command = ["build", "--exclude-resource-type", "unit_test", "--log-level-file", "none"]
        try:
            told = told_by_dbt(workspace.paths.dbt_target, Path(project.manifest_path))
            with told, pictures_loaded(context, workspace):
                events = list(dbt.cli(command, context=context, target_path=workspace.paths.dbt_target).stream())
        finally:
            show_tables(workspace)  # also of a build that failed: it has made some
        rows = row_counts(workspace)
        for event in events:
            yield _with_rows(event, rows) if isinstance(event, Output) else event
        for line in restatement_lines(workspace):
            context.log.warning(line)

    return models


def _with_rows(output: Output[Any], rows: dict[str, int]) -> Output[Any]:
    count = rows.get(output.output_name.rsplit("__", 1)[-1])
    return output if count is None else output.with_metadata({**output.metadata, "dagster/row_count": count})
