"""The brute-force check of the outcomes must notice: each small lie in a copy of the models turns it red."""

from pathlib import Path

import pytest

from tests.dbt.mutations.mutation import MODELS, Mutation, drawn, goes_red, is_about_the_models
from tests.dbt.test_outcomes_by_brute_force import VARS, check_outcomes

EPISODES = f"{MODELS}/outcomes/alert_episodes.sql"
PERFORMANCE = f"{MODELS}/outcomes/model_performance.sql"
MUTATIONS = (
    Mutation("an alert at the end of the cooldown opens a case", EPISODES, "> {{ cooldown }}", ">= {{ cooldown }}"),
    Mutation(
        "a case goes on over a failure", EPISODES, "or endings_so_far > lag(endings_so_far) over previous", "or false"
    ),
    Mutation(
        "an ending at the moment of an alert comes after it",
        EPISODES,
        "{{ us('ended_at') }} as moment_us",
        "{{ us('ended_at') }} + 1 as moment_us",
    ),
    Mutation(
        "a failure at the end of the horizon is not foreseen",
        EPISODES,
        "ended.good_us < ended.horizon_us then 'failure'",
        "ended.good_us + 1 < ended.horizon_us then 'failure'",
    ),
    Mutation(
        "a failure within the cooldown is foreseen",
        EPISODES,
        "when ended.ending = 'failure' and ended.good_us < ended.horizon_us then",
        "when ended.ending = 'failure' then",
    ),
    Mutation(
        "a replacement tells before failures are known",
        EPISODES,
        "and ended.end_us <= reach.failures_us then",
        "then",
    ),
    Mutation(
        "silence tells before the feeds are in",
        EPISODES,
        "least(reach.failures_us, reach.maint_us)",
        "greatest(reach.failures_us, reach.maint_us)",
    ),
    Mutation(
        "an alert on a machine that left service was needless",
        EPISODES,
        "when left_service.machine_id is not null then 'censored'",
        "",
    ),
    Mutation(
        "replaced in time is false",
        EPISODES,
        "when closed.closed_by = 'replacement' and closed.end_us <= closed.horizon_us then 'censored'",
        "",
    ),
    Mutation(
        "replaced too late is censored",
        EPISODES,
        "closed.closed_by = 'replacement' and closed.end_us <= closed.horizon_us then",
        "closed.closed_by = 'replacement' then",
    ),
    Mutation(
        "what the crew says of the next case is said of this one",
        EPISODES,
        "and coalesce(cases.next_opened_us > feedback.given_us, true)",
        "",
    ),
    Mutation("the crew's first word counts", EPISODES, "order by feedback.given_us desc", "order by feedback.given_us"),
    Mutation(
        "a correction by the crew is ignored",
        f"{MODELS}/staging/stg_feedback.sql",
        "order by _file_id desc, known_at desc",
        "order by _file_id, known_at desc",
    ),
    Mutation(
        "a repair is a planned replacement",
        f"{MODELS}/labels/component_endings.sql",
        "where outages.machine_id is null",
        "",
    ),
    Mutation(
        "a night that was not scored missed the failure",
        f"{MODELS}/outcomes/failure_outcomes.sql",
        "where failure_probability is not null",
        "",
    ),
    Mutation(
        "censored nights enter a rate",
        PERFORMANCE,
        "where label_status = 'mature'",
        "where label_status in ('mature', 'censored')",
    ),
    Mutation(
        "a failure with a night still open enters a rate",
        PERFORMANCE,
        "count(*) filter (where label_status = 'pending') = 0",
        "true",
    ),
    Mutation(
        "an alert that may have come too late caught the failure",
        f"{MODELS}/outcomes/failure_outcomes.sql",
        "scored.as_of_us <= watched.good_us and watched.event_us <= scored.as_of_us + {{ horizon }} as is_certain",
        "true as is_certain",
    ),
    Mutation(
        "a failure of which nobody can tell was missed",
        f"{MODELS}/outcomes/failure_outcomes.sql",
        "when nights_scored > 0 and doubtful_alerts = 0 then false",
        "when nights_scored > 0 then false",
    ),
    Mutation(
        "a case of which nobody can tell was true",
        EPISODES,
        "and ended.good_us >= numbered.moment_us",
        "",
    ),
    Mutation(
        "a failure that was found when the case was over is forgotten",
        EPISODES,
        "when closed.good_us < closed.horizon_us then 'censored'",
        "when closed.closed_by = 'failure' then 'censored'",
    ),
    Mutation(
        "a failure of which nobody can tell enters a rate",
        PERFORMANCE,
        "and (count(*) filter (where is_certain and alert) > 0 or count(*) filter (where alert) = 0)",
        "",
    ),
    Mutation(
        "a failure counts in the week of its last night",
        PERFORMANCE,
        "min(week) filter (where is_certain) as week",
        "max(week) filter (where is_certain) as week",
    ),
)


ALL = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.lie)


def check_all(folder: Path, project: Path) -> None:
    for number, fleet_vars in enumerate(VARS.values()):
        check_outcomes(folder / f"night{number}", 1, fleet_vars, project)


@pytest.mark.slow
@ALL
def test_goes_red(mutation: Mutation, tmp_path: Path) -> None:
    goes_red(mutation._replace(check=check_all), tmp_path)


@pytest.mark.parametrize("mutation", drawn(MUTATIONS, 1), ids=lambda mutation: mutation.lie)
def test_one_goes_red(mutation: Mutation, tmp_path: Path) -> None:
    goes_red(mutation._replace(check=check_all), tmp_path)


@ALL
def test_is_still_about_the_models(mutation: Mutation) -> None:
    is_about_the_models(mutation)
