"""What telemetry says, and from when on."""

from tests.dbt.mutations.mutation import MACROS, MODELS, Mutation

MUTATIONS = (
    Mutation(
        "a reading that arrives at a bucket's end counts as late and in time",
        f"{MODELS}/features/late_readings.sql",
        "where {{ us('available_at') }} > bucket_end_us or",
        "where {{ us('available_at') }} >= bucket_end_us or",
    ),
    Mutation(
        "a late reading is seen one bucket before it arrived",
        f"{MODELS}/features/late_readings.sql",
        "* {{ width }} >= unpunctual.visible_us",
        "* {{ width }} >= unpunctual.visible_us - {{ width }}",
    ),
    Mutation(
        "a late reading is dropped",
        f"{MODELS}/features/late_readings.sql",
        "where {{ us('available_at') }} > bucket_end_us or superseded_at is not null",
        "where superseded_at is not null",
    ),
    Mutation(
        "a replaced version counts at the moment it is replaced",
        f"{MODELS}/features/late_readings.sql",
        "* {{ width }} < unpunctual.superseded_us",
        "* {{ width }} <= unpunctual.superseded_us",
    ),
    Mutation(
        "late readings count as punctual ones",
        f"{MODELS}/features/telemetry_buckets.sql",
        "{{ us('available_at') }} <= bucket_end_us",
        "true",
    ),
    Mutation(
        "availability is ignored: a row is known when it happens",
        f"{MACROS}/available_at.sql",
        "coalesce(available_at, ",
        "coalesce(null, ",
    ),
    Mutation(
        "the first version wins where two are known at once",
        f"{MODELS}/staging/stg_telemetry.sql",
        "max_by({{ sensor }}, file_id)",
        "min_by({{ sensor }}, file_id)",
    ),
    Mutation(
        "corrections do not know their machine",
        f"{MODELS}/staging/stg_telemetry.sql",
        "partition by machine_id, event_at order by",
        "partition by event_at order by",
    ),
    Mutation(
        "an empty cell of a correction takes the reading back",
        f"{MODELS}/staging/stg_telemetry.sql",
        "max_by(earlier.{{ sensor }}, earlier.available_at) filter (where earlier.{{ sensor }} is not null) as",
        "arg_max_null(earlier.{{ sensor }}, earlier.available_at) as",
    ),
    Mutation(
        "a correction is known before it came",
        f"{MODELS}/staging/stg_telemetry.sql",
        "and moments.available_at >= earlier.available_at",
        "",
    ),
    Mutation(
        "a sentinel is a reading",
        f"{MODELS}/staging/stg_telemetry.sql",
        "{{ plausible_reading(sensor) }} as {{ sensor }}",
        "{{ sensor }}",
    ),
    Mutation(
        "the ends of a range lie outside it",
        f"{MACROS}/plausible_reading.sql",
        "{{ sensor }} between {{ known.min }} and {{ known.max }} or",
        "{{ sensor }} > {{ known.min }} and {{ sensor }} < {{ known.max }} or",
    ),
)
