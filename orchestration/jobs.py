"""The jobs and schedules: what runs together, and when."""

from dagster import (
    AssetSelection,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    define_asset_job,
    schedule,
)

from orchestration.assets.dbt import BEFORE_SCORING
from orchestration.assets.lineage import LEADERBOARD_KEY
from orchestration.assets.mirror import MIRROR_KIND
from orchestration.assets.training import because
from orchestration.ops.full_test import full_test
from orchestration.ops.housekeeping import housekeeping
from orchestration.ops.rollback import rollback
from orchestration.runs.failures import notify_step_failure
from settings import Settings

RAW = AssetSelection.groups("raw")
FEATURES = AssetSelection.groups(*BEFORE_SCORING)
TRAINED = AssetSelection.groups("train")
JUDGED = AssetSelection.assets(LEADERBOARD_KEY)
AFTER_JUDGING = AssetSelection.assets("published", "reports/index") | AssetSelection.kind(MIRROR_KIND)
NOTIFY_FAILURE = {notify_step_failure}  # the other jobs leave it to the sensor `failed_runs`

build = define_asset_job(
    "build", RAW | FEATURES, description="Land new drops and build up to the feature mart.", hooks=NOTIFY_FAILURE
)
train = define_asset_job(
    "train",
    TRAINED,
    description="Train a challenger, let the gate decide, and judge every contender in every scenario.",
    hooks=NOTIFY_FAILURE,
)
challenge = define_asset_job(
    "challenge",
    TRAINED - JUDGED,
    description="The job `train` up to the gate: what scores is decided, and `evaluate` judges the rest.",
    hooks=NOTIFY_FAILURE,
)
evaluate = define_asset_job(
    "evaluate",
    JUDGED,
    description="Judge again what is registered: the leaderboard and the evaluation report.",
    hooks=NOTIFY_FAILURE,
)
nightly = define_asset_job(
    "nightly",
    AssetSelection.all() - TRAINED,
    description="One night or a range: land, build, score, judge outcomes and drift, write the pages, publish.",
    hooks=NOTIFY_FAILURE,
)
score = define_asset_job(
    "score",
    AssetSelection.all() - RAW - FEATURES - TRAINED,
    description="The nightly job without landing and building: for nights that the mart already reaches.",
    hooks=NOTIFY_FAILURE,
)
publish = define_asset_job(
    "publish",
    AFTER_JUDGING,
    description="Publish again, with what was judged since the last night, and list the pages.",
    hooks=NOTIFY_FAILURE,
)
everything = define_asset_job(
    "everything", AssetSelection.all(), description="The nightly job with a training in it.", hooks=NOTIFY_FAILURE
)

JOBS = (build, train, challenge, evaluate, rollback, score, nightly, publish, everything, housekeeping, full_test)


def schedules(settings: Settings) -> list[ScheduleDefinition]:
    """Nightly a little after the scoring hour, for the night of that day; the others weekly. Times are UTC."""
    times = settings.workspace.schedules

    @schedule(
        job=nightly,
        cron_schedule=f"{times.nightly_minute} {settings.fleet.scoring_hour} * * *",
        execution_timezone="UTC",
        name="nightly_schedule",
    )
    def nightly_schedule(context: ScheduleEvaluationContext) -> RunRequest:
        """Score the night of the day the schedule ticks on."""
        night = context.scheduled_execution_time.date().isoformat()
        return RunRequest(run_key=night, partition_key=night)

    weekly_schedule = ScheduleDefinition(
        name="weekly_schedule",
        job=train,
        cron_schedule=times.weekly,
        execution_timezone="UTC",
        run_config=because("weekly"),
    )
    # Sunday from noon on: far from any night.
    tidy = ScheduleDefinition(
        name="housekeeping_schedule", job=housekeeping, cron_schedule="0 12 * * 0", execution_timezone="UTC"
    )
    test_all = ScheduleDefinition(
        name="full_test_schedule", job=full_test, cron_schedule="0 13 * * 0", execution_timezone="UTC"
    )
    return [nightly_schedule, weekly_schedule, tidy, test_all]
