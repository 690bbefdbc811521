import pandas as pd
import pytest

from ml.explain.contributions import Contribution, subject_of
from ml.explain.reasons import evidence, evidence_columns, worth_telling
from settings import Fleet, Settings

ROW = pd.Series(
    {
        "as_of": pd.Timestamp("2025-03-31 06:00"),
        "model": "model3", "age": 18.0, "volt_mean_24h": 184.123, "volt_shift_24h": 1.26, "volt_sd_24h": 20.0,
        "rotate_mean_48h": 380.0, "rotate_shift_48h": -1.44, "vibration_mean_3h": None, "pressure_mean_12h": 99.0,
        "pressure_shift_12h": None, "pressure_mean_24h": 99.0, "pressure_shift_24h": 0.04, "pressure_sd_24h": 9.5,
        "pressure_baseline_sd": 4.02,
        "error1_hours_since": 18.0, "error2_hours_since": None, "error3_hours_since": 0.25,
        "errors_count_24h": 2.0,
        "errors_count_12h": 5.0, "error1_count_24h": 3.0, "error1_count_12h": 0.0, "error3_count_24h": 1.0,
        "comp2_hours_since_replacement": 1464.0,
        "comp2_hours_since_failure": 31.2, "comp3_hours_since_failure": None,
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("volt_mean_24h", "volt 24 h mean 184.1 V, 1.3 sd above its baseline"),
        ("volt_sd_24h", "volt 24 h mean 184.1 V, sd 20.0, 1.3 sd above its baseline"),
        ("pressure_sd_24h", "pressure 24 h mean 99.0 bar, sd 9.5 where 4.0 is usual"),
        ("rotate_baseline_mean", "rotate 48 h mean 380.0 rpm, 1.4 sd below its baseline"),
        ("vibration_max_3h", "vibration has no reading in 3 h"),
        ("pressure_min_12h", "pressure 12 h mean 99.0 bar"),
        ("error1_count_12h", "error1 yesterday at 12:00"),
        ("error1_count_24h", "error1 yesterday at 12:00, 3 in 24 h"),
        ("error1_hours_since", "error1 yesterday at 12:00, 3 in 24 h"),
        ("error2_hours_since", "error2: not on record"),
        ("error3_hours_since", "error3 at 05:45"),
        ("errors_count_24h", "error3 at 05:45 and error1 yesterday at 12:00"),
        ("errors_count_12h", "error3 at 05:45, 5 in 12 h"),
        ("comp2_hours_since_replacement", "comp2 replaced 61 days ago"),
        ("comp2_hours_since_failure", "comp2 failed on Saturday at 22:48"),
        ("comp3_hours_since_failure", "comp3 failed: not on record"),
        ("age", "model3, 18 years old"),
    ],
)
def test_the_evidence_is_the_rows_own_numbers(feature: str, words: str, settings: Settings) -> None:
    item = Contribution(subject_of(feature, settings.fleet), feature, 1.0)
    assert evidence(item, ROW, settings.fleet) == words


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("volt_wear_24h", "volt 24 h mean 184.1 V, 3.2 sd above what it was with the machine new"),
        ("rotate_wear_48h", "rotate 48 h mean 380.0 rpm, 0.5 sd below what it was with Main drive new"),
        ("pressure_wear_12h", "pressure 12 h mean 99.0 bar"),
        ("volt_slope_24h", "volt 24 h mean 184.1 V, falling 0.0123 V an hour"),
        ("rotate_slope_48h", "rotate 48 h mean 380.0 rpm, 1.4 sd below its baseline"),
        ("volt_mean_24h", "volt 24 h mean 184.1 V, 1.3 sd above its baseline"),
        ("volt_moved_24h", "volt 24 h mean 184.1 V, 5.25 V below its baseline"),
    ],
)
def test_wear_is_told_from_when_the_machine_or_its_component_was_new_and_slopes_by_the_hour(
    feature: str, words: str, settings: Settings
) -> None:
    given = settings.fleet.model_dump() | {
        "new_hours": 168,
        "slopes_hours": [24, 48],
        "moved_hours": [24],
        "components": {"comp2": "Main drive"},
    }
    given["sensors"]["rotate"]["component"] = "comp2"
    fleet = Fleet.model_validate(given)
    row = ROW.to_dict() | {
        "volt_wear_24h": 3.21,
        "rotate_wear_48h": -0.5,
        "pressure_wear_12h": None,
        "volt_slope_24h": -0.01234,
        "volt_moved_24h": -5.25,
    }
    item = Contribution(subject_of(feature, fleet), feature, 1.0)
    assert evidence(item, pd.Series(row), fleet) == words
    assert feature in evidence_columns([feature], fleet)


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("pressure_slope_24h", "pressure 24 h mean 99.0 bar, rising 0.2 sd an hour"),
        ("pressure_like_mean_24h", "pressure 24 h mean 99.0 bar, 4.0 sd above the fleet at the same volt, Speed"),
        ("rotate_slope_24h", "rotate 24 h mean 380.0 rpm, falling 3 rpm an hour"),
    ],
)
def test_what_is_compared_within_regimes_is_told_so(feature: str, words: str, settings: Settings) -> None:
    given = settings.fleet.model_dump() | {"slopes_hours": [24], "regimes": {"volt": [170], "rotate": [400, 450]}}
    given["sensors"]["rotate"]["label"] = "Speed"
    fleet = Fleet.model_validate(given)
    row = pd.Series(
        {
            "pressure_mean_24h": 99.0, "pressure_slope_24h": 0.2, "pressure_like_mean_24h": 4.0,
            "pressure_shift_24h": 0.0, "rotate_mean_24h": 380.0, "rotate_slope_24h": -3.0,
        }
    )  # fmt: skip
    item = Contribution(subject_of(feature, fleet), feature, 1.0)
    assert evidence(item, row, fleet) == words.replace("rotate 24", "Speed 24")
    assert feature in evidence_columns([feature], fleet)


KINDS = {
    "smart_5": {"min": 0, "max": 1e9, "kind": "counter"},
    "strokes": {"min": 0, "max": 1e9, "kind": "counter", "unit": "k"},
    "mode": {"min": 0, "max": 2, "kind": "state", "states": {"idle": 0, "run": 1}},
    "door": {"min": 0, "max": 2, "kind": "state", "states": {"open": 0}},
}
KINDS_ROW = pd.Series(
    {
        "smart_5_last": 1234.0, "smart_5_increase_24h": 0.0, "smart_5_increase_168h": 12.0, "strokes_last": None,
        "strokes_increase_24h": 1234.56, "strokes_increase_168h": None, "mode_share_idle_24h": 0.22,
        "mode_share_run_24h": 0.78, "door_share_open_24h": None, "not_running_n_24h": 7.0,
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("smart_5_increase_168h", "smart_5 rose by 12 in 7 days"),
        ("smart_5_increase_24h", "smart_5 did not rise in 24 h"),
        ("smart_5_last", "smart_5 at 1,234"),
        ("strokes_increase_24h", "strokes rose by 1,234.6 k in 24 h"),
        ("strokes_increase_168h", "strokes has no two readings to compare in 168 h"),
        ("strokes_last", "strokes has no reading of late"),
        ("mode_share_run_24h", "mode: 78 % of the last 24 h in run"),
        ("mode_share_idle_24h", "mode: 22 % of the last 24 h in idle"),
        ("mode_n_24h", "mode: 78 % of the last 24 h in run"),
        ("door_share_open_24h", "door has no reading in 24 h"),
        ("not_running_n_24h", "7 readings in 24 h while it did not run"),
    ],
)
def test_counters_and_states_have_words_of_their_own(feature: str, words: str, settings: Settings) -> None:
    update = {"sensors": KINDS, "windows_hours": (24, 168)}
    fleet = Fleet.model_validate(settings.fleet.model_dump() | update)
    item = Contribution(subject_of(feature, fleet), feature, 1.0)
    assert evidence(item, KINDS_ROW, fleet) == words


def test_people_read_what_they_call_things(settings: Settings) -> None:
    given = settings.fleet.model_dump()
    given["sensors"]["volt"]["label"] = "Motor Temp (°C)"
    texts = {"error_codes": {"error1": "E 101 / pump"}, "components": {"comp2": "Main drive"}}
    fleet = Fleet.model_validate({**given, **texts})
    told = {
        "volt_mean_24h": "Motor Temp (°C) 24 h mean 184.1 V, 1.3 sd above its baseline",
        "error1_count_12h": "E 101 / pump yesterday at 12:00",
        "comp2_hours_since_failure": "Main drive failed on Saturday at 22:48",
        "comp2_hours_since_replacement": "Main drive replaced 61 days ago",
    }
    assert {name: evidence(Contribution(subject_of(name, fleet), name, 1.0), ROW, fleet) for name in told} == told


@pytest.mark.parametrize(
    ("model", "age", "words"),
    [
        (None, None, "model and age unknown"),
        (None, 18.0, "model unknown, 18 years old"),
        ("m", None, "m, ? years old"),
        ("m", 1.0, "m, 1 year old"),
    ],
)
def test_a_machine_that_no_register_knows(model: str | None, age: float | None, words: str, settings: Settings) -> None:
    row = pd.Series({"model": model, "age": age}, dtype=object)
    assert evidence(Contribution("machine", "age", 1.0), row, settings.fleet) == words


def test_a_subject_is_the_longest_name_that_fits(settings: Settings) -> None:
    assert subject_of("errors_count_24h", settings.fleet) == "errors"
    assert subject_of("error1_count_24h", settings.fleet) == "error1"
    assert subject_of("model", settings.fleet) == "machine"


def told(settings: Settings, *items: tuple[str, float]) -> list[str]:
    ranked = [Contribution(subject_of(feature, settings.fleet), feature, weight) for feature, weight in items]
    row = pd.concat([ROW, pd.Series({"vibration_mean_24h": 40.0, "vibration_shift_24h": 0.1})])
    return [item.feature for item in worth_telling(ranked, row, settings.fleet)]


def test_only_what_raises_the_risk_is_told_and_only_where_it_is_large_enough(settings: Settings) -> None:
    items = (("volt_mean_24h", 2.0), ("rotate_mean_48h", -1.5), ("age", 0.3), ("error1_count_12h", 0.1))
    assert told(settings, *items) == ["volt_mean_24h", "age"]
    assert told(settings, ("rotate_mean_48h", -1.5)) == []


def test_a_sensor_near_its_baseline_says_nothing_unless_it_is_its_spread_that_tells(settings: Settings) -> None:
    assert told(settings, ("vibration_mean_24h", 1.0), ("vibration_sd_24h", 0.5)) == ["vibration_sd_24h"]
    assert told(settings, ("pressure_mean_12h", 1.0)) == ["pressure_mean_12h"]  # no baseline is no usual place


def test_one_fact_is_told_once(settings: Settings) -> None:
    assert told(settings, ("errors_count_24h", 2.0), ("error3_hours_since", 1.0)) == ["error3_hours_since"]
    assert told(settings, ("errors_count_24h", 2.0), ("error3_hours_since", 0.1)) == ["errors_count_24h"]
    assert told(settings, ("errors_count_24h", 2.0), ("error3_hours_since", -1.0)) == ["errors_count_24h"]
