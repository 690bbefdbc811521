"""A night without a model: who stands far from its own normal or from its peers, and what is said of it."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.explain.reason_record import reasons_from_json
from ml.scoring.contract import ELEVATED, NORMAL, SILENT, prediction_columns
from ml.scoring.from_normal import FAR, VERSION, answer_from_normal, columns_to_compare, why_no_model
from settings import Settings

NIGHT, NOW = datetime(2025, 3, 1, 6), datetime(2025, 3, 1, 6, 15)
MACHINES = 12


@pytest.fixture
def night(settings: Settings) -> pd.DataFrame:
    """Twelve machines with shifts of a third of an sd, two readings a window, and no error."""
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"machine_id": [f"m{n}" for n in range(MACHINES)], "as_of": NIGHT})
    for name in columns_to_compare(settings.fleet, settings):
        if "_shift_" in name:
            rows[name] = rng.normal(0, 0.3, MACHINES)
        elif "_mean_" in name:
            rows[name] = rng.normal(170, 3, MACHINES)
        else:
            rows[name] = 0.0 if "_count_" in name else 24.0
    return rows


def told(rows: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    return answer_from_normal(rows, settings, NOW).set_index("machine_id")


def set_shift(rows: pd.DataFrame, machine: int | slice, value: float) -> None:
    rows.loc[machine, [str(name) for name in rows if str(name).startswith("volt_shift_")]] = value


def test_the_rows_are_those_of_the_contract_and_alert_nobody(night: pd.DataFrame, settings: Settings) -> None:
    out = answer_from_normal(night, settings, NOW)
    assert list(out) == [
        column.name for column in prediction_columns(settings.fleet.components, settings.fleet.further_horizons)
    ]
    assert len(out) == MACHINES
    assert out[[name for name in out if str(name).endswith("_probability")]].isna().all(axis=None)
    assert not out["alert"].any()
    assert set(out["model_version"]) == {VERSION.version}
    assert set(out["risk_level"]) == {NORMAL}, "a quiet fleet has no machine that is far"
    assert out["distance_from_normal"].between(0, FAR).all()
    assert out["features_hash"].nunique() == MACHINES


def test_a_machine_far_from_its_own_normal_is_told_with_its_evidence(night: pd.DataFrame, settings: Settings) -> None:
    set_shift(night, 4, -2.5)
    night.loc[4, "volt_mean_3h"] = 151.2
    out = told(night, settings)
    assert out["distance_from_normal"].idxmax() == "m4"
    assert out.loc["m4", "risk_level"] == ELEVATED
    [first, *_] = reasons_from_json(str(out.loc["m4", "reason_records"]))
    assert (first.subject, first.raises) == ("volt", True)
    assert "2.5 sd below its baseline" in first.words
    assert str(out.loc["m4", "reasons"]).startswith("+ volt ")


def test_what_moves_the_whole_fleet_makes_nobody_an_outlier(night: pd.DataFrame, settings: Settings) -> None:
    for name in [name for name in night if "_shift_" in str(name)]:
        night[name] += 2.0
    assert set(told(night, settings)["risk_level"]) == {NORMAL}
    set_shift(night, slice(None), 5.0)
    assert set(told(night, settings)["risk_level"]) == {ELEVATED}, "five sds from its own normal are far, alone or not"


def test_one_that_does_not_go_along_with_the_others_is_far(night: pd.DataFrame, settings: Settings) -> None:
    for name in [name for name in night if "_shift_" in str(name)]:
        night[name] += 2.0
    set_shift(night, 7, 0.0)
    out = told(night, settings)
    assert list(out.index[out["risk_level"] == ELEVATED]) == ["m7"]


def test_errors_count_where_others_have_none(night: pd.DataFrame, settings: Settings) -> None:
    night.loc[2, "error3_count_24h"] = 2
    out = told(night, settings)
    assert out.loc["m2", "risk_level"] == ELEVATED
    assert ", 2 in 24 h, " in str(out.loc["m2", "reasons"])
    night["error3_count_24h"] = 2.0
    assert set(told(night, settings)["risk_level"]) == {NORMAL}


def test_a_fleet_without_a_baseline_is_compared_with_itself(night: pd.DataFrame, settings: Settings) -> None:
    night[[str(name) for name in night if "_shift_" in str(name)]] = np.nan
    night.loc[9, [str(name) for name in night if str(name).startswith("pressure_mean_")]] = 300.0
    out = told(night, settings)
    assert (out["distance_from_normal"].idxmax(), out.loc["m9", "risk_level"]) == ("m9", ELEVATED)
    assert "no baseline yet" in str(out.loc["m9", "reasons"])


def test_a_silent_machine_has_no_distance_and_is_nobodys_peer(night: pd.DataFrame, settings: Settings) -> None:
    night.loc[3, [str(name) for name in night if "_n_" in str(name)]] = 0
    set_shift(night, 3, 1e6)
    out = told(night, settings)
    assert out.loc["m3", "risk_level"] == SILENT
    assert pd.isna(out.loc["m3", "distance_from_normal"])
    assert out.loc["m3", "reasons"] is None
    assert set(out["risk_level"].drop("m3")) == {NORMAL}


@pytest.mark.parametrize("machines", [0, 1, 3])
def test_few_machines_or_none_are_told_too(machines: int, night: pd.DataFrame, settings: Settings) -> None:
    few = night.head(machines).reset_index(drop=True)
    if machines:
        set_shift(few, 0, 4.0)
    out = answer_from_normal(few, settings, NOW)
    assert len(out) == machines
    assert list(out["risk_level"].head(1)) == [ELEVATED] * min(machines, 1)


def test_the_order_of_the_rows_changes_nothing(night: pd.DataFrame, settings: Settings) -> None:
    mixed = night.sample(frac=1, random_state=1).reset_index(drop=True)
    pd.testing.assert_frame_equal(told(night, settings).sort_index(), told(mixed, settings).sort_index())


@pytest.mark.parametrize(
    ("failures", "words", "missing"),
    [
        (0, "no failure is", "5 are needed"),
        (1, "1 failure is", "4 failures more are needed"),
        (4, "4 failures are", "1 failure more is needed"),
        (5, "5 failures are", "They are enough if"),
    ],
)
def test_the_morning_says_what_it_is_why_and_how_many_failures_a_model_lacks(
    failures: int, words: str, missing: str, settings: Settings
) -> None:
    said = why_no_model(failures, settings.fleet)
    expected: Any = ("distance from normal and not a probability", f"{words} on record", missing, "make retrain")
    assert all(part in said for part in expected)
    assert ("(PdM_failures.csv)" in said) == (failures < 5)
    assert ("Land what the workshop knows" in said) == (failures == 0)


def test_the_morning_names_the_files_of_the_fleets_own_failures(settings: Settings) -> None:
    mapping = {"failures": {"files": ["orders*.csv"], "columns": {"failure": "'comp1'"}}}
    fleet = settings.fleet.model_validate({**settings.fleet.model_dump(), "mapping": mapping})
    assert "Land what the workshop knows (orders*.csv): once they are there" in why_no_model(0, fleet)


def test_a_counter_stands_out_by_what_it_rose_and_a_state_never(settings: Settings) -> None:
    sensors = {
        "smart_5": {"min": 0, "max": 1e9, "kind": "counter"},
        "hours": {"min": 0, "max": 1e9, "kind": "counter", "unit": "h"},
        "mode": {"min": 0, "max": 1, "kind": "state", "states": {"idle": 0, "run": 1}},
    }
    kinds = {"sensors": sensors, "error_codes": ()}
    fleet = settings.fleet.model_validate(settings.fleet.model_dump() | kinds)
    own = settings.model_copy(update={"fleet": fleet})
    rows = pd.DataFrame({"machine_id": [f"m{n}" for n in range(MACHINES)], "as_of": NIGHT})
    rng = np.random.default_rng(5)
    for name in columns_to_compare(fleet, own):
        rows[name] = 24.0 if "_n_" in name else 0.0 if name.startswith("smart_5") else rng.normal(20, 1, MACHINES)
    assert not any(name.startswith("mode_") and "_n_" not in name for name in map(str, rows))
    rows.loc[3, "smart_5_increase_48h"] = 12.0
    rows.loc[5, "hours_increase_24h"] = np.nan
    out = told(rows, own)
    assert out["distance_from_normal"].idxmax() == "m3"
    [first, *_] = reasons_from_json(str(out.loc["m3", "reason_records"]))
    assert first.words.startswith("smart_5 rose by 12 in 48 h, ")
    assert out["distance_from_normal"].to_dict()["m5"] < FAR


def test_a_fleet_of_states_alone_has_no_distance(settings: Settings) -> None:
    mode = {"min": 0, "max": 1, "kind": "state", "states": {"idle": 0, "run": 1}}
    kinds = {"sensors": {"mode": mode}, "error_codes": ()}
    own = settings.model_copy(update={"fleet": settings.fleet.model_validate(settings.fleet.model_dump() | kinds)})
    rows = pd.DataFrame(
        {"machine_id": ["a", "b"], "as_of": NIGHT, **{f"mode_n_{w}h": 9 for w in own.fleet.windows_hours}}
    )
    assert told(rows, own)["distance_from_normal"].tolist() == [0.0, 0.0]
