"""Lies in the Python that judges models: each, in a copy of the tree, turns the test red that is named beside it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from settings import ROOT

COPIED = ("settings", "ml", "steps", "delivery", "warehouse", "ingestion", "simulator", "orchestration", "tests")
CONFIGURATION = ("pyproject.toml", "workspace.toml", "dbt_project.yml", "requirements.lock")
GATE, TRAIN = "tests/ml/evaluation/test_gate.py", "tests/steps/test_train.py"
SHAPES, MAPPED = "tests/ingestion/mapping/test_shapes.py", "tests/ingestion/mapping/test_source.py"
CHOICE = "tests/ml/training/test_feature_choice.py"
BOARD, SPLIT = "tests/ml/evaluation/test_leaderboard.py", "tests/ml/training/test_time_split.py"


class Mutation(NamedTuple):
    """One exact text of one file, once there, replaced; `red` is the test that must notice."""

    lie: str
    file: str
    text: str
    instead: str
    red: str


SAMPLE = (
    Mutation(
        "a challenger may cost three times as much as a naive rule",
        "ml/evaluation/gate.py",
        '>= figures[name]["cost"]]',
        '>= 3 * figures[name]["cost"]]',
        f"{GATE}::test_a_rule_that_costs_as_much_is_not_beaten",
    ),
    Mutation(
        "the board counts a failing row more than there are",
        "ml/evaluation/leaderboard.py",
        '"positives": int(labels.sum()),',
        '"positives": int(labels.sum()) + 1,',
        f"{BOARD}::test_rows_positives_and_span_are_those_of_the_held_out_rows",
    ),
)
LONG = (
    Mutation(
        "one sensor gone mad decides alone how far its machine stands from normal",
        "ml/models/from_normal.py",
        "np.minimum(self.far, CLIP)",
        "self.far",
        "tests/ml/models/test_from_normal.py::test_beyond_the_clip_a_subject_says_no_more",
    ),
    Mutation(
        "fewer nights are taken though they hold too few failures",
        "ml/training/shrinking.py",
        "step) is None:",
        "step) is not None:",
        "tests/ml/training/test_shrinking.py::test_a_smaller_recipe_is_taken_only_where_it_can_be_trained_on",
    ),
    Mutation(
        "what one machine gains chooses the features",
        "ml/training/feature_choice.py",
        "SURENESS = 0.9 ",
        "SURENESS = 0.0 ",
        "tests/ml/training/test_feature_choice.py::test_what_one_machine_gains_is_chance",
    ),
    Mutation(
        "a challenger is judged on nights that the champion has learned from",
        "steps/train.py",
        "cutoff = max([split.holdout_start, *(model.cutoff for model, _ in rivals.values())])",
        "cutoff = split.holdout_start",
        f"{TRAIN}::test_a_challenger_is_judged_on_nights_that_neither_it_nor_the_champion_has_seen",
    ),
    Mutation(
        "a challenger is judged on nights that it has learned from itself",
        "steps/train.py",
        "cutoff = max([split.holdout_start, *(",
        "cutoff = min([split.holdout_start, *(",
        f"{TRAIN}::test_a_challenger_is_judged_on_nights_that_neither_it_nor_the_champion_has_seen",
    ),
    Mutation(
        "a model is called champion that the mart cannot ask",
        "steps/train.py",
        "if not misfits(found[0].card, rows.columns, recipe.fleet)}",
        "if found}",
        f"{TRAIN}::test_whom_the_mart_cannot_ask_is_no_rival",
    ),
    Mutation(
        "the gate hears models speak of silent machines",
        "steps/train.py",
        "ask_model(model, rows).silenced(silent)",
        "ask_model(model, rows)",
        f"{TRAIN}::test_the_gate_sees_silent_machines_as_a_night_does",
    ),
    Mutation(
        "a rule that costs as much is beaten",
        "ml/evaluation/gate.py",
        '>= figures[name]["cost"]]',
        '> figures[name]["cost"]]',
        f"{GATE}::test_a_rule_that_costs_as_much_is_not_beaten",
    ),
    Mutation(
        "what a challenger costs is not held against it",
        "ml/evaluation/gate.py",
        'self.ours["cost"] <= most and above < self.limits.confidence',
        "above >= 0",
        f"{GATE}::test_who_ranks_as_well_but_costs_twice_as_much_is_refused",
    ),
    Mutation(
        "the tolerance of cost is twice what is stated",
        "ml/evaluation/gate.py",
        'self.theirs["cost"] * (1 + self.limits.tolerance)',
        'self.theirs["cost"] * (1 + 2 * self.limits.tolerance)',
        f"{GATE}::test_a_cost_within_the_tolerance_passes",
    ),
    Mutation(
        "a measured loss is forgiven where the draws are unsure",
        "ml/evaluation/gate.py",
        'self.ours["average_precision"] >= least and below',
        "below",
        f"{GATE}::test_few_failures_are_judged_as_measured",
    ),
    Mutation(
        "the reference is the champion before, whoever that was",
        "ml/evaluation/gate.py",
        "won = against[-1].is_won and not few",
        "won = True",
        f"{GATE}::test_within_the_noise_the_fresher_model_goes_on_and_the_reference_stays",
    ),
    Mutation(
        "nobody is held against the reference",
        "ml/evaluation/gate.py",
        "for name in (CHAMPION, REFERENCE) if name in figures]",
        "for name in (CHAMPION,) if name in figures]",
        f"{GATE}::test_where_the_champion_cannot_score_the_reference_still_counts",
    ),
    Mutation(
        "four failures make a reference",
        "ml/evaluation/gate.py",
        "is_won and not few",
        "is_won",
        f"{GATE}::test_few_failures_lead_one_step_from_the_reference_and_no_farther",
    ),
    Mutation(
        "a tie unseats the champion",
        "ml/evaluation/gate.py",
        "return same or figures[CHALLENGER] == figures[CHAMPION]",
        "return False",
        f"{GATE}::test_a_tie_keeps_the_champion",
    ),
    Mutation(
        "who loses to a rule is trusted",
        "ml/evaluation/gate.py",
        "promoted=first, reason=verdict + scores",
        "promoted=first, trusted=True, reason=verdict + scores",
        f"{GATE}::test_the_first_model_scores_all_the_same_but_is_not_trusted",
    ),
    Mutation(
        "a silent machine can be alerted",
        "ml/evaluation/contenders.py",
        "alerts=self.alerts & ~silent,",
        "alerts=self.alerts,",
        f"{BOARD}::test_what_is_silenced_says_nothing_at_all",
    ),
    Mutation(
        "a machine without an answer ranks first",
        "ml/evaluation/contenders.py",
        "np.where(known, self.scores, lowest - 1)",
        "np.where(known, self.scores, 1e9)",
        f"{BOARD}::test_what_is_silenced_says_nothing_at_all",
    ),
    Mutation(
        "a failure at which nobody looked was looked at",
        "ml/metrics/event_metrics.py",
        'asked = seeing["answered"] | seeing["alert"]',
        'asked = seeing["answered"] | True',
        "tests/ml/metrics/test_event_metrics.py::"
        "test_nobody_looked_at_a_failure_without_an_answered_row_and_no_time_was_watched",
    ),
    Mutation(
        "one failure makes a column a leak",
        "ml/evaluation/leakage.py",
        "LEAST_FAILURES = 10",
        "LEAST_FAILURES = 1",
        "tests/ml/evaluation/test_leakage.py::test_few_failures_make_no_column_a_suspect",
    ),
    Mutation(
        "leaks are never looked for in earlier nights",
        "ml/evaluation/leakage.py",
        "pd.concat([earlier, held_out], ignore_index=True)",
        "held_out",
        "tests/ml/evaluation/test_leakage.py::test_with_few_failures_held_out_the_earlier_nights_tell",
    ),
    Mutation(
        "the naive rules choose their threshold on the held-out nights",
        "ml/evaluation/contenders.py",
        "history = within(nightly, split.train_start, split.train_end)",
        "history = nightly",
        "tests/ml/evaluation/test_contenders.py::test_nobody_reads_the_held_out_outcomes",
    ),
    Mutation(
        "training reaches up to the held-out nights, whose horizon it sees",
        "ml/training/time_split.py",
        "train_end = holdout_start - gap",
        "train_end = holdout_start",
        SPLIT,
    ),
    Mutation(
        "a fold learns what its nights will show",
        "ml/training/time_split.py",
        "Fold(start - gap, start,",
        "Fold(start, start,",
        SPLIT,
    ),
    Mutation(
        "nights are held out whose outcome is not known yet",
        "ml/training/time_split.py",
        "holdout_end = known_until - label_delay(recipe.fleet)",
        "holdout_end = known_until",
        SPLIT,
    ),
    Mutation(
        "a span holds the moment before it",
        "ml/training/time_split.py",
        '(frame["as_of"] > start)',
        '(frame["as_of"] >= start)',
        f"{SPLIT}::test_a_span_holds_its_end_and_not_its_start",
    ),
    Mutation(
        "rows are held out whose outcome is not known",
        "ml/training/data.py",
        "load_mart(con, cutoff, until, mature_only=True, known_by=known_by)",
        "load_mart(con, cutoff, until, known_by=known_by)",
        "tests/ml/training/test_data.py::test_no_row_is_held_out_whose_outcome_is_not_known",
    ),
    Mutation(
        "the leaderboard judges the newer model on nights that it has learned from",
        "ml/evaluation/judged_mart.py",
        "cutoff = max(model.cutoff",
        "cutoff = min(model.cutoff",
        "tests/ml/evaluation/test_judged_mart.py::test_nothing_is_judged_on_nights_that_any_contender_has_learned_from",
    ),
    Mutation(
        "the naive rules know a fold before it comes",
        "ml/evaluation/fold_scenarios.py",
        "before = replace(data.split, train_end=fold.train_end)",
        "before = data.split",
        "tests/ml/evaluation/test_evaluate.py::test_the_rules_of_a_fold_know_what_came_before_it",
    ),
    Mutation(
        "a row of which `where` says nothing is the feed's",
        "ingestion/mapping/statement.py",
        "coalesce(_e{where.at}.v, false)",
        "coalesce(_e{where.at}.v, true)",
        f"{SHAPES}::test_a_flag_in_the_readings_is_a_failure",
    ),
    Mutation(
        "codes that a lookup lacks are not told where `where` leaves their rows out",
        "ingestion/mapping/statement.py",
        "' or '.join([_is_chosen(where), *told])",
        "_is_chosen(where)",
        f"{SHAPES}::test_work_orders_are_failures_and_maintenance_by_their_codes",
    ),
    Mutation(
        "the first row of a machine says what it is",
        "ingestion/mapping/source.py",
        "select max(_line) from",
        "select min(_line) from",
        f"{SHAPES}::test_machines_are_what_the_last_row_of_each_says",
    ),
    Mutation(
        "a local time is UTC",
        "ingestion/mapping/times.py",
        "(({local}) at time zone {literal(zone)} at time zone 'UTC')",
        "({local})",
        f"{SHAPES}::test_a_shape_lands_as_its_owner_expects",
    ),
    Mutation(
        "of two readings of a doubled hour the first is the later one",
        "ingestion/mapping/oddities.py",
        '{"desc" if backwards else ""}',
        '{"" if backwards else "desc"}',
        "tests/ingestion/mapping/test_times.py::test_a_time_that_came_twice_is_both",
    ),
    Mutation(
        "a word in the place of a reading leaves no trace",
        "ingestion/mapping/source.py",
        'f"coalesce(cast(_v{made.at} as varchar), _t{made.at})"',
        'f"cast(_v{made.at} as varchar)"',
        f"{MAPPED}::test_a_reading_that_cannot_be_computed_is_left_out_and_told",
    ),
    Mutation(
        "nobody says when a machine runs",
        "settings/mapping.py",
        "return any(entry.running is not None for entry in self.telemetry)",
        "return False",
        f"{MAPPED}::test_whether_a_machine_runs_is_a_column",
    ),
    Mutation(
        "files read by another zone were read by today's",
        "ingestion/mapping/meaning.py",
        'exclude={"files"}',
        'exclude={"files", "zone"}',
        f"{MAPPED}::test_what_landed_under_another_mapping_stays_and_is_told",
    ),
    Mutation(
        "files read by another lookup were read by today's",
        "ingestion/mapping/meaning.py",
        "[entry, lookups, sensors]",
        "[entry, [], sensors]",
        f"{MAPPED}::test_what_landed_under_another_mapping_stays_and_is_told",
    ),
    Mutation(
        "one machine that fails chooses the features",
        "ml/training/feature_choice.py",
        "if failing < LEAST_MACHINES:",
        "if failing < 1:",
        f"{CHOICE}::test_few_machines_that_fail_choose_nothing",
    ),
    Mutation(
        "a feature set is tried on rows that its model has learnt from",
        "ml/training/feature_choice.py",
        'before, asked = known[known["as_of"] <= fold.train_end], within(',
        "before, asked = known, within(",
        f"{CHOICE}::test_nothing_after_the_folds_is_asked",
    ),
    Mutation(
        "a run's record lacks the feature sets that its folds chose from",
        "ml/training/recipe.py",
        '"training": self.training.model_dump(),',
        '"training": self.training.model_dump(exclude={"feature_sets"}),',
        "tests/steps/test_reproduce.py::test_a_champion_whose_features_the_folds_chose_comes_out_the_same",
    ),
    Mutation(
        "a silent machine stands at a distance from its normal",
        "ml/scoring/from_normal.py",
        "far = np.where(silent | is_down, np.nan,",
        "far = np.where(is_down, np.nan,",
        "tests/ml/scoring/test_from_normal.py::test_a_silent_machine_has_no_distance_and_is_nobodys_peer",
    ),
)


@pytest.mark.parametrize("mutation", SAMPLE, ids=lambda mutation: mutation.lie)
def test_the_tests_notice(mutation: Mutation, tmp_path: Path) -> None:
    """Two for every run; `make test-slow` tries them all."""
    goes_red(mutation, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("mutation", LONG, ids=lambda mutation: mutation.lie)
def test_goes_red(mutation: Mutation, tmp_path: Path) -> None:
    goes_red(mutation, tmp_path)


@pytest.mark.parametrize("mutation", [*SAMPLE, *LONG], ids=lambda mutation: mutation.lie)
def test_is_still_about_the_code(mutation: Mutation) -> None:
    times = (ROOT / mutation.file).read_text().count(mutation.text)
    assert times == 1, f"{mutation.file} holds {mutation.text!r} {times} times, not once"
    path, _, name = mutation.red.partition("::")
    assert f"def {name}" in (ROOT / path).read_text(), f"{path} has no test {name}"


def goes_red(mutation: Mutation, folder: Path) -> None:
    """Run the one test on a copy of the tree in `folder` that holds the lie, and insist that it fails."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in CONFIGURATION:
        shutil.copy(ROOT / name, folder / name)
    target = folder / mutation.file
    target.write_text(target.read_text().replace(mutation.text, mutation.instead))
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:xdist", mutation.red],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout[-2000:] + done.stderr[-2000:]
    assert "AssertionError" in done.stdout or "Error" in done.stdout
