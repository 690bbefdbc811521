"""Counters, states, readings that hold, machines that are off, and files of other layouts."""

from tests.dbt.kinds import check_kinds
from tests.dbt.mapped import check_mapped
from tests.dbt.mutations.mutation import MACROS, MODELS, Mutation

MUTATIONS = (
    Mutation(
        "a counter that falls rises",
        f"{MACROS}/counter_rises.sql",
        "greatest({{ sensor }} - ({{ steps_of_last(sensor ~ '_before') }}), 0)",
        "abs({{ sensor }} - ({{ steps_of_last(sensor ~ '_before') }}))",
        check_kinds,
    ),
    Mutation(
        "a late reading of a counter parts no pair",
        f"{MODELS}/features/late_readings.sql",
        "where buckets_ago < {{ risen_in }}",
        "where false",
        check_kinds,
    ),
    Mutation(
        "a state is any from its number on",
        f"{MACROS}/sensor_sums.sql",
        "case when {{ sensor }} = {{ number",
        "case when {{ sensor }} >= {{ number",
        check_kinds,
    ),
    Mutation(
        "a reading holds an hour too long",
        f"{MACROS}/held_readings.sql",
        "as bigint) as holds_us",
        "as bigint) + 3600000000 as holds_us",
        check_kinds,
    ),
    Mutation(
        "what holds at a step is known before it came",
        f"{MACROS}/held_readings.sql",
        "and turns.turn_us >= rivals.known_us",
        "",
        check_kinds,
    ),
    Mutation(
        "what a machine that was switched off told holds on",
        f"{MACROS}/held_readings.sql",
        "{{ 'or not is_running' if tells_running() }}",
        "",
        check_kinds,
    ),
    Mutation(
        "a machine that does not run has readings",
        f"{MODELS}/staging/stg_telemetry.sql",
        "if_so='coalesce(running, true)' if has_running else none",
        "if_so=none",
        check_kinds,
    ),
    Mutation(
        "a machine that is off for long is gone",
        f"{MODELS}/spine/machine_days.sql",
        "{{ 'or not is_running' if tells_running() }}",
        "",
        check_kinds,
    ),
    Mutation(
        "a counter shows nothing where its last window is empty",
        f"{MACROS}/kind_columns.sql",
        "'greatest(' ~ sensor ~ '_last_' ~ (var('windows_hours') | max) ~ 'h, ' ~ sensor ~ '_last_base)'",
        "sensor ~ '_last_' ~ (var('windows_hours') | max) ~ 'h'",
        check_kinds,
    ),
    Mutation(
        "two readings of a counter are a pair however far they are apart",
        f"{MACROS}/counter_rises.sql",
        "{{ return([longest, var('baseline_hours') - longest] | min) }}",
        "{{ return([longest, var('baseline_hours') - longest] | max) }}",
        check_kinds,
    ),
    Mutation(
        "the one entry of a mapping says of no machine when it runs",
        f"{MACROS}/running.sql",
        "[entries] if entries is mapping else entries",
        "entries",
        check_mapped,
    ),
    Mutation(
        "a code is what files call it",
        f"{MACROS}/identifier_of.sql",
        "if others else column",
        "if false else column",
        check_mapped,
    ),
    Mutation(
        "where a machine is off nobody counts it",
        f"{MACROS}/sensor_kinds.sql",
        "'merge': 'sum', 'type': 'bigint'}]}) -%}",
        "'merge': 'min', 'type': 'bigint'}]}) -%}",
        check_mapped,
    ),
)
