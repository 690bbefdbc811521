"""Sums over windows: what they hold, and the statistics made of them."""

from tests.dbt.mutations.mutation import MACROS, MODELS, Mutation

MUTATIONS = (
    Mutation(
        "a window is one bucket longer",
        f"{MACROS}/window_parts.sql",
        "[hours // bucket, 1] | max",
        "hours // bucket + 1",
    ),
    Mutation(
        "the baseline reaches into the longest window",
        f"{MACROS}/window_parts.sql",
        "'nearest': longest,",
        "'nearest': longest - 1,",
    ),
    Mutation(
        "windows reach into the readings of the machine before",
        f"{MODELS}/features/sensor_features.sql",
        "min(as_of_us) - {{ (windows.reach - 1) * width }} as first_us",
        "min(as_of_us) as first_us",
    ),
    Mutation(
        "a lag steps over snapshots alone",
        f"{MODELS}/features/sensor_features.sql",
        "where spine.machine_id is null",
        "where false",
    ),
    Mutation(
        "a window merged from narrower ones counts one of them twice",
        f"{MACROS}/pieces_of.sql",
        "target.nearest + target.length - rest.length",
        "target.nearest",
    ),
    Mutation(
        "a slice of history does not look back",
        f"{MACROS}/cross_db/build_in_slices.sql",
        "{%- if back_hours %}",
        "{%- if false %}",
    ),
    Mutation(
        "a short baseline is trusted",
        f"{MODELS}/features/sensor_features.sql",
        "case when {{ n }} >= {{ min_baseline }} then {{ mean_of",
        "case when {{ n }} >= 1 then {{ mean_of",
    ),
    Mutation(
        "a constant sensor is infinitely far from its normal",
        f"{MACROS}/kind_columns.sql",
        "/ nullif(' ~ subject ~ '_spread, 0)')",
        "/ (nullif(' ~ subject ~ '_spread, 0) + 1e-3)')",
    ),
    Mutation(
        "the spread is that of a whole population",
        f"{MACROS}/sensor_stats.sql",
        "({{ n }} - 1)",
        "({{ n }})",
    ),
    Mutation(
        "a bucket holds its start and not its end",
        f"{MACROS}/bucket_hours.sql",
        "' + ' ~ (width - 1), width",
        "' + ' ~ width, width",
    ),
)
