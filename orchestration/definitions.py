"""The whole asset graph in one place: raw, staging, features, labels, mart, train, score, monitor, publish."""

from dagster import Definitions, definitions, in_process_executor

from ml.progress import CountedProgress
from orchestration.assets.dbt import dbt_model_assets
from orchestration.assets.metrics import metrics_asset
from orchestration.assets.monitoring import report_assets
from orchestration.assets.notices import notice_assets
from orchestration.assets.quality import quality_checks
from orchestration.assets.raw import landing
from orchestration.assets.report_index import report_index
from orchestration.assets.scoring import scoring_assets
from orchestration.assets.training import training_assets
from orchestration.dbt.project import dbt_project, dbt_resource
from orchestration.jobs import JOBS, schedules
from orchestration.progress import to_log
from orchestration.runs.instance import plain_dagster
from orchestration.sensors import dead_runs_sensor, failure_sensors, retraining_sensor
from settings import Settings


def build_defs(settings: Settings, progress: CountedProgress = to_log) -> Definitions:
    """The asset graph for one workspace; tests hand in their own settings. `progress` shows how far steps are."""
    project = dbt_project(settings)
    return Definitions(
        assets=[
            landing,
            *dbt_model_assets(project, settings),
            *training_assets,
            *scoring_assets(settings),
            *report_assets(settings),
            report_index,
            *notice_assets(settings),
            metrics_asset(settings),
        ],
        asset_checks=[quality_checks],
        jobs=JOBS,
        schedules=schedules(settings),
        sensors=[retraining_sensor, dead_runs_sensor, *failure_sensors(JOBS)],
        # A process for each step would load all libraries a dozen times a night; they share a pool and run in turn.
        executor=in_process_executor,
        resources={"workspace": settings, "dbt": dbt_resource(project), "progress": progress},
    )


@definitions
def defs() -> Definitions:
    """What `dagster dev` loads; nothing is read before it asks."""
    with plain_dagster() as settings:
        return build_defs(settings)
