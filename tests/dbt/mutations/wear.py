"""Wear, slopes and operating regimes."""

from tests.dbt.mutations.mutation import MACROS, MODELS, Mutation
from tests.dbt.worn import check_in_regimes, check_worn

MUTATIONS = (
    Mutation(
        "what was new is known before it is over",
        f"{MACROS}/wear.sql",
        "least(began.as_of_us, began.{{ name }}_first_us + {{ new_span_us() }})",
        "began.{{ name }}_first_us + {{ new_span_us() }}",
        check_worn,
    ),
    Mutation(
        "a replacement makes nothing new",
        f"{MACROS}/wear.sql",
        "{{ bucket_end_us(replaced_us) }} + {{ width }})",
        "0)",
        check_worn,
    ),
    Mutation(
        "what came late was never new",
        f"{MODELS}/features/early_readings.sql",
        "and grid.first_us <= late_readings.as_of_us - late_readings.buckets_ago * {{ width }}",
        "and false",
        check_worn,
    ),
    Mutation(
        "a line through two readings is a slope",
        f"{MACROS}/slopes.sql",
        "case when {{ n }} > 2 then",
        "case when {{ n }} > 1 then",
        check_worn,
    ),
    Mutation(
        "an edge belongs to the bin below it",
        f"{MACROS}/regimes.sql",
        "case when {{ sensor }} >= {{ (edge",
        "case when {{ sensor }} > {{ (edge",
        check_in_regimes,
    ),
    Mutation(
        "a regime's mean knows the day of the reading",
        f"{MACROS}/regimes.sql",
        "cast({{ int_div('bucket_end_us - ' ~ width, hours_us(24)) }} * {{ hours_us(24) }} as bigint) as midnight_us",
        "{{ day_end_us('bucket_end_us') }} as midnight_us",
        check_in_regimes,
    ),
    Mutation(
        "a regime's mean knows what came after the day",
        f"{MODELS}/features/regime_days.sql",
        "known_us <= day_end_us and (superseded_us is null or superseded_us > day_end_us)",
        "superseded_us is null",
        check_in_regimes,
    ),
)
