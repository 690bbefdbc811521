"""The golden check must notice: each small lie in a copy of the models turns it red.

All of them take minutes and are slow; one is drawn for every run, others whenever the models change.
"""

import hashlib
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from settings import ROOT
from tests.dbt.golden import check_golden, check_late_files, check_rounds
from tests.dbt.kinds import check_kinds
from tests.dbt.mapped import check_mapped
from tests.dbt.test_parity import check_found_later
from tests.dbt.worn import check_in_regimes, check_worn

MODELS, MACROS = "dbt_project/models", "dbt_project/macros"
DRAWN = 1


class Mutation(NamedTuple):
    """One exact text of one file, once there, replaced."""

    lie: str
    file: str
    text: str
    instead: str
    check: Callable[[Path, Path], None] = check_golden


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
    Mutation(
        "a machine that fell silent for good stays in service for some hours",
        f"{MODELS}/spine/spine.sql",
        "snapshots.as_of_us < lives.until_us)",
        "snapshots.as_of_us < lives.until_us + {{ hours_us(6) }})",
    ),
    Mutation(
        "a machine that is back after a long silence was in service all the time",
        f"{MODELS}/spine/lives_as_known.sql",
        "> {{ silence }} then 1",
        "> 10 * {{ silence }} then 1",
    ),
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
        "a short baseline is trusted",
        f"{MODELS}/features/sensor_features.sql",
        "case when {{ n }} >= {{ min_baseline }} then {{ mean_of",
        "case when {{ n }} >= 1 then {{ mean_of",
    ),
    Mutation(
        "a constant sensor is infinitely far from its normal",
        f"{MACROS}/kind_columns.sql",
        "/ nullif(' ~ told ~ '_spread, 0)')",
        "/ (nullif(' ~ told ~ '_spread, 0) + 1e-3)')",
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
        "> clock.reach_us or outcomes",
        "> clock.reach_us + 10800000000 or outcomes",
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
        "hours_us(horizon + found_within)",
        "hours_us(horizon)",
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
        "a failure is known to a horizon before its absence would be",
        f"{MODELS}/labels/horizon_labels.sql",
        "{{ hours_us(hours + var('found_within_hours')) }} > reach.reach_us",
        "0 > reach.reach_us",
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
        "endings.ended_us <= data_end.reach_us and",
        "",
        check_rounds,
    ),
    Mutation(
        "a component is sound until the data end",
        f"{MODELS}/labels/hours_to_failure.sql",
        "- {{ found_within }} as sound_us",
        "as sound_us",
        check_rounds,
    ),
    Mutation(
        "a machine that left service was watched on",
        f"{MODELS}/labels/hours_to_failure.sql",
        "else good_us end, until_us, sound_us)",
        "else good_us end, sound_us)",
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
    Mutation(
        "when a component last worked is told later, and labels stay as they were",
        f"{MODELS}/builds/rebuild_window.sql",
        "{%- if state == 'now' or were_intervals %}",
        "{%- if false %}",
        check_found_later,
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
        "and first_loads.first_file_id <= finished_builds.last_file_id",
        "",
        check_late_files,
    ),
    Mutation(
        "a machine without a register entry is left out",
        f"{MODELS}/marts/mart_rows.sql",
        "left join machines on",
        "inner join machines on",
    ),
    Mutation(
        "a machine enters the spine one snapshot late",
        f"{MODELS}/spine/spine.sql",
        "snapshots.as_of_us >= lives.first_us",
        "snapshots.as_of_us > lives.first_us",
    ),
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
        "if_so='coalesce(running, true)' if told else none",
        "if_so=none",
        check_kinds,
    ),
    Mutation(
        "a machine that is off for long is gone",
        f"{MODELS}/spine/machine_days.sql",
        "'not is_running as is_reading'",
        "'false as is_reading'",
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


def drawn(mutations: Sequence[Mutation], number: int) -> list[Mutation]:
    """As many of them, the same ones for as long as models and macros say the same."""
    text = hashlib.sha256()
    for path in sorted((ROOT / "dbt_project").rglob("*.sql")):
        text.update(path.read_bytes())
    return random.Random(text.digest()).sample(mutations, number)


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.lie)
def test_goes_red(mutation: Mutation, tmp_path: Path) -> None:
    goes_red(mutation, tmp_path)


@pytest.mark.parametrize("mutation", drawn(MUTATIONS, DRAWN), ids=lambda mutation: mutation.lie)
def test_one_goes_red(mutation: Mutation, tmp_path: Path) -> None:
    goes_red(mutation, tmp_path)


def goes_red(mutation: Mutation, tmp_path: Path) -> None:
    mutant = mutated(mutation, tmp_path / "project")
    with pytest.raises(AssertionError) as red:
        mutation.check(tmp_path / "night", mutant)
    assert "differences" in str(red.value), f"the mutant does not even build: {red.value}"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.lie)
def test_is_still_about_the_models(mutation: Mutation) -> None:
    assert occurrences(mutation) == 1, (
        f"{mutation.file} holds {mutation.text!r} {occurrences(mutation)} times, not once"
    )


def occurrences(mutation: Mutation) -> int:
    return (ROOT / mutation.file).read_text().count(mutation.text)


def mutated(mutation: Mutation, folder: Path) -> Path:
    """A copy of the dbt project in `folder` with the one text replaced."""
    assert occurrences(mutation) == 1
    shutil.copytree(ROOT / "dbt_project", folder / "dbt_project")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, folder / name)
    target = folder / mutation.file
    target.write_text(target.read_text().replace(mutation.text, mutation.instead))
    return folder
