"""Farther horizons and remaining time."""

from tests.dbt.golden import check_rounds
from tests.dbt.mutations.mutation import MACROS, MODELS, Mutation

MUTATIONS = (
    Mutation(
        "a failure is known to a horizon before its absence would be",
        f"{MODELS}/labels/horizon_labels.sql",
        "{{ hours_us(hours) }} > clock.settled_us",
        "0 > clock.settled_us",
    ),
    Mutation(
        "a component without a name never fails within a farther horizon",
        f"{MODELS}/labels/horizon_labels.sql",
        "where not endings.is_named",
        "where false and not endings.is_named",
    ),
    Mutation(
        "what is replaced before a farther horizon's end has not failed",
        f"{MACROS}/fails_within.sql",
        "hours_low > {{ hours }} or (hours_low = {{ hours }} and (known = 'between' or ended_by = 'data'))",
        "coalesce(hours_high > {{ hours }}, true)",
    ),
    Mutation(
        "a component that may have failed already fails within the horizon",
        f"{MACROS}/fails_within.sql",
        "worked_then and ",
        "",
        check_rounds,
    ),
    Mutation(
        "a component that may have failed already had time left",
        f"{MODELS}/labels/hours_to_failure.sql",
        "'greatest(good_us, as_of_us)'",
        "'ended_us'",
    ),
    Mutation(
        "a failure after the data's end is known before it",
        f"{MODELS}/labels/hours_to_failure.sql",
        "endings.ended_us <= clock.reach_us and",
        "",
        check_rounds,
    ),
    Mutation(
        "a component is sound until the data end",
        f"{MODELS}/labels/hours_to_failure.sql",
        "clock.settled_us,",
        "clock.reach_us as settled_us,",
        check_rounds,
    ),
    Mutation(
        "a machine that left service was watched on",
        f"{MODELS}/labels/hours_to_failure.sql",
        "else good_us end, until_us, settled_us)",
        "else good_us end, settled_us)",
    ),
    Mutation(
        "a machine fails with the last of its components",
        f"{MODELS}/labels/remaining_time.sql",
        "min(hours_high) as hours_high",
        "max(hours_high) as hours_high",
    ),
    Mutation(
        "a component that was replaced would have worked on",
        f"{MODELS}/labels/remaining_time.sql",
        "min(hours_low) as hours_low",
        "coalesce(min(hours_low) filter (where ended_by = 'failure'), min(hours_low)) as hours_low",
    ),
)
