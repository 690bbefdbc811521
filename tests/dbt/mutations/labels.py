"""Labels: what lies within the horizon, and what nobody can know."""

from tests.dbt.by_night import check_found_later
from tests.dbt.golden import check_rounds
from tests.dbt.mutations.mutation import MODELS, Mutation

MUTATIONS = (
    Mutation(
        "a machine that leaves service within the horizon would not have failed",
        f"{MODELS}/labels/failure_labels.sql",
        "when outcomes.any_hidden or ended_lives.machine_id is not null then 'censored'",
        "when outcomes.any_hidden then 'censored'",
    ),
    Mutation(
        "reports join however long ago the last one was",
        f"{MODELS}/labels/outages_as_known.sql",
        "coalesce(ended_us, event_us + {{ gap }})",
        "coalesce(ended_us, event_us + 10 * {{ gap }})",
    ),
    Mutation(
        "a machine is up again with its last report",
        f"{MODELS}/labels/outages_as_known.sql",
        "when joined.reports > 1 then joined.last_us + 1",
        "when joined.reports > 1 then joined.last_us",
    ),
    Mutation(
        "a label tells of what is not known yet",
        f"{MODELS}/labels/failure_labels.sql",
        " or outcomes.known_us > clock.now_us then 'pending'",
        " then 'pending'",
    ),
    Mutation(
        "a failure at the snapshot is one to come",
        f"{MODELS}/labels/failure_labels.sql",
        "where as_of_us < ended_us and",
        "where as_of_us <= ended_us and",
    ),
    Mutation(
        "the horizon is open at its end",
        f"{MODELS}/labels/failure_labels.sql",
        "ended_us <= as_of_us + {{ hours_us(horizon) }}",
        "ended_us < as_of_us + {{ hours_us(horizon) }}",
    ),
    Mutation(
        "a horizon that reaches past the data is called quiet",
        f"{MODELS}/labels/failure_labels.sql",
        "> clock.settled_us or outcomes",
        "> clock.settled_us + 10800000000 or outcomes",
    ),
    Mutation(
        "a repair at the end of its time is taken for a planned replacement",
        f"{MODELS}/labels/component_endings.sql",
        "outages.last_us + {{ hours_us(var('corrective_hours')) }}",
        "outages.last_us + {{ hours_us(var('corrective_hours')) }} - 1",
    ),
    Mutation(
        "any failure excuses the replacement of any component",
        f"{MODELS}/labels/component_endings.sql",
        "and replacements.component = outages.component",
        "",
    ),
    Mutation(
        "a planned replacement hides a failure",
        f"{MODELS}/labels/failure_labels.sql",
        "when coalesce(outcomes.any_failed, false) then 'mature'",
        "when outcomes.any_failed and not outcomes.any_hidden then 'mature'",
    ),
    Mutation(
        "a replaced component did not fail",
        f"{MODELS}/labels/failure_labels.sql",
        "when {{ component }}_hidden then null",
        "when {{ component }}_hidden then 0",
    ),
    Mutation(
        "a failure that was found lies in any horizon that holds a part of its time",
        f"{MODELS}/labels/failure_labels.sql",
        "as_of_us <= good_us and ended_us <= as_of_us + {{ hours_us(horizon) }} as is_certain",
        "true as is_certain",
    ),
    Mutation(
        "a failure that was found happened just then",
        f"{MODELS}/labels/failure_labels.sql",
        "{{ good_us() }} as good_us",
        "{{ us('ended_at') }} - 1 as good_us",
    ),
    Mutation(
        "a horizon that ends when the component was known to work may hold the failure",
        f"{MODELS}/labels/failure_labels.sql",
        "and good_us < as_of_us + {{ hours_us(horizon) }}",
        "and good_us <= as_of_us + {{ hours_us(horizon) }}",
    ),
    Mutation(
        "nobody waits for the round that would have found the failure",
        f"{MODELS}/labels/failure_labels.sql",
        "> clock.settled_us or outcomes",
        "> clock.reach_us or outcomes",
        check_rounds,
    ),
    Mutation(
        "a component failed before it was put in",
        f"{MODELS}/labels/outages_as_known.sql",
        "            renewals.renewed_us,\n",
        "",
    ),
    Mutation(
        "a component failed before its last outage was over",
        f"{MODELS}/labels/outages_as_known.sql",
        "lag(ended.over_us) over",
        "lag(cast(null as bigint)) over",
        check_rounds,
    ),
    Mutation(
        "the last report of an outage says when it began at the earliest",
        f"{MODELS}/labels/outages_as_known.sql",
        "max(good_us) filter (where begins)",
        "max(good_us)",
        check_rounds,
    ),
    Mutation(
        "when a component last worked is told later, and labels stay as they were",
        f"{MODELS}/builds/rebuild_window.sql",
        "{%- if state == 'now' or were_intervals %}",
        "{%- if false %}",
        check_found_later,
    ),
)
