"""Errors, replacements and failures among the features: which count, and since when."""

from tests.dbt.golden import check_late_files
from tests.dbt.mutations.mutation import MACROS, MODELS, Mutation

MUTATIONS = (
    Mutation(
        "what is known ends a snapshot early",
        f"{MACROS}/latest_events.sql",
        "'least(coalesce(next_us - ' ~ width",
        "'least(coalesce(next_us - 2 * ' ~ width",
    ),
    Mutation(
        "a failure counts for a replacement",
        f"{MODELS}/features/component_features.sql",
        "concat('failed ', component) as what",
        "concat('replaced ', component) as what",
    ),
    Mutation(
        "an error just a window ago still counts",
        f"{MODELS}/features/error_features.sql",
        "'event_us > as_of_us - '",
        "'event_us >= as_of_us - '",
    ),
    Mutation(
        "an error reported twice counts twice",
        f"{MODELS}/staging/stg_errors.sql",
        "group by machineID, datetime, error_code",
        "group by machineID, datetime, error_code, known_at",
    ),
    Mutation(
        "an error is known from its last report on",
        f"{MODELS}/staging/stg_errors.sql",
        "min(known_at) as available_at",
        "max(known_at) as available_at",
    ),
    Mutation(
        "the latest report hides the latest event",
        f"{MACROS}/latest_events.sql",
        "max({{ feature }}_us) over so_far as",
        "min({{ feature }}_us) over so_far as",
    ),
    Mutation(
        "an event that came after a build was known before it",
        f"{MACROS}/known_at.sql",
        "then greatest({{ available_at(feed) }}, ",
        "then least({{ available_at(feed) }}, ",
        check_late_files,
    ),
    Mutation(
        "an event that came after a build is known at its last snapshot",
        f"{MACROS}/known_at.sql",
        "'arrivals.built_until_us + 1'",
        "'arrivals.built_until_us'",
        check_late_files,
    ),
    Mutation(
        "the first load of a feed is late",
        f"{MODELS}/builds/file_arrivals.sql",
        "and (first_loads.first_file_id <= finished_builds.last_file_id or landed_files.feed = 'feedback')",
        "",
        check_late_files,
    ),
)
