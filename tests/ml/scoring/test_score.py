from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ml.explain.reason_record import reasons_as_text, reasons_from_json
from ml.mart.silence import reading_counts
from ml.models.calibration import Calibrator
from ml.models.model import Model
from ml.models.remaining import RemainingCard
from ml.models.version import ModelVersion
from ml.models.windows import REMAINING, LifeWindows
from ml.scoring.contract import answer_columns, arrow_schema, prediction_columns
from ml.scoring.down import Down
from ml.scoring.score import _highest, answer, columns_to_score, features_hash, score
from ml.training.train import Trained
from settings import Settings

VERSION = ModelVersion("nightshift", "7")
SCORED_AT = datetime(2025, 3, 1, 6, 5)


@pytest.fixture(scope="module")
def model(trained: Trained) -> Model:
    return trained.model


@pytest.fixture
def night(mart: pd.DataFrame) -> pd.DataFrame:
    return mart[mart["as_of"] == mart["as_of"].max()].reset_index(drop=True)


def test_one_row_a_machine_in_the_contracts_columns(model: Model, night: pd.DataFrame, settings: Settings) -> None:
    out = score(night, model, VERSION, settings, SCORED_AT)
    probabilities = [f"{target}_probability" for target in ("failure", *settings.fleet.components)]
    columns = prediction_columns(settings.fleet.components, settings.fleet.further_horizons)
    assert list(out.columns) == [column.name for column in columns]
    assert pa.Table.from_pandas(out, schema=arrow_schema(columns)).num_rows == 30
    assert (out["scored_at"] == SCORED_AT).all()
    assert sorted(out["machine_id"]) == sorted(night["machine_id"])
    assert out[probabilities].apply(lambda column: column.between(0, 1)).all().all()
    assert (out["alert"] == (out["failure_probability"] >= model.card.threshold)).all()


def test_further_horizons_are_told_where_the_model_knows_them_and_the_machine_is_scored(
    model: Model, night: pd.DataFrame, settings: Settings
) -> None:
    """By the booster of the first horizon with more said; a horizon that the fleet does not name is not told."""
    fits = {48: Calibrator(1.0, 1.0), 168: Calibrator(1.0, -9.0), 720: Calibrator()}
    card = replace(model.card, further=fits)
    farther = Model(model.boosters, card, further=dict.fromkeys(fits, model.boosters["comp1"]))
    night.loc[0, [f"{sensor}_n_12h" for sensor in settings.fleet.sensors]] = 0.0
    out = score(night, farther, VERSION, settings, SCORED_AT)
    told = ["failure_probability", *(f"failure_probability_{hours}h" for hours in (48, 168))]
    assert out[told].head(1).isna().all(axis=None)
    scored = out.iloc[1:]
    assert (np.diff(scored[told].to_numpy(), axis=1) >= 0).all()
    assert (scored[told[1]] > scored[told[0]]).any()
    assert out["failure_probability_72h"].isna().all()
    first = score(night, model, VERSION, settings, SCORED_AT)
    assert out.drop(columns=told[1:]).equals(first.drop(columns=told[1:]))


def test_when_is_told_of_machines_that_are_scored(model: Model, night: pd.DataFrame, settings: Settings) -> None:
    """By the booster of a component in place of one of hours: its answer is cut off at 0, and the window lies above."""
    table = LifeWindows((0.0,), (5.0,), (5.0,), (20.0,), (30.0,), 0.8, 168.0)
    card = replace(model.card, remaining=RemainingCard("mean", table))
    timed = replace(model, card=card, remaining=model.boosters["comp1"])
    silent, down = night.loc[0, "machine_id"], night.loc[1, "machine_id"]
    night.loc[0, [f"{sensor}_n_12h" for sensor in settings.fleet.sensors]] = 0.0
    out = score(night, timed, VERSION, settings, SCORED_AT, {str(down): Down("comp1", SCORED_AT)})
    unscored = out["machine_id"].isin([silent, down])
    assert out.loc[unscored, list(REMAINING)].isna().all(axis=None)
    assert out.loc[~unscored, REMAINING[0]].between(5, 168).all()
    assert (out.loc[~unscored, list(REMAINING)].diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    untimed = score(night, model, VERSION, settings, SCORED_AT)
    assert untimed[list(REMAINING)].isna().all(axis=None)


def test_a_machine_in_trouble_is_alerted_with_the_sensor_that_says_so(
    model: Model, night: pd.DataFrame, settings: Settings
) -> None:
    night.loc[0, ["volt_shift_24h", "volt_mean_24h"]] = [4.0, 210.0]
    row = score(night, model, VERSION, settings, SCORED_AT).loc[0]
    assert row["alert"]
    assert row["risk_level"] == "high"
    assert row["predicted_component"] == "comp1"
    assert "comp1 within 24 h" in row["recommended_action"]
    assert row["reasons"].startswith("+ volt 24 h mean 210.0 V, 4.0 sd above its baseline")


def test_a_silent_machine_is_silent_not_safe(model: Model, night: pd.DataFrame, settings: Settings) -> None:
    counts = [f"{sensor}_n_12h" for sensor in settings.fleet.sensors]
    night.loc[0, counts] = 0.0
    night.loc[0, "volt_shift_24h"] = 4.0
    row = score(night, model, VERSION, settings, SCORED_AT).loc[0]
    assert row["risk_level"] == "silent"
    assert not row["alert"]
    assert pd.isna(row["failure_probability"])
    assert row["predicted_component"] is None
    assert row["recommended_action"] == "Check the connection: no readings"


def test_a_machine_that_is_down_is_told_since_when_and_nothing_is_advised(
    model: Model, night: pd.DataFrame, settings: Settings
) -> None:
    night.loc[0, "volt_shift_24h"] = 4.0
    night.loc[1, [f"{sensor}_n_12h" for sensor in settings.fleet.sensors]] = 0.0
    since = Down("comp2", datetime(2025, 3, 1, 5))
    out = score(night, model, VERSION, settings, SCORED_AT, dict.fromkeys(night["machine_id"][:2], since))
    for _, row in out[:2].iterrows():
        assert (row["risk_level"], row["alert"], row["predicted_component"]) == ("down", False, None)
        assert pd.isna(row["failure_probability"])
        assert row["recommended_action"].startswith("Down since 2025-03-01 05:00 (comp2 failed): no advice")
    told = ["reasons", "reason_records"]  # of the riskiest that are scored: others move up
    others = score(night, model, VERSION, settings, SCORED_AT)
    assert out.drop(columns=told).loc[2:].equals(others.drop(columns=told).loc[2:])


def test_reasons_go_to_the_machines_that_matter(model: Model, night: pd.DataFrame, settings: Settings) -> None:
    out = score(night, model, VERSION, settings, SCORED_AT).sort_values("failure_probability", ascending=False)
    told = out["reasons"].notna().to_numpy()
    top_n = settings.workspace.scoring.reasons_top_n
    assert told[: max(top_n, int(out["alert"].sum()))].all()
    assert not told[max(top_n, int(out["alert"].sum())) :].any()


def test_reasons_are_told_as_records_and_as_the_text_made_of_them(
    model: Model, night: pd.DataFrame, settings: Settings
) -> None:
    out = score(night, model, VERSION, settings, SCORED_AT)
    assert out["reason_records"].isna().equals(out["reasons"].isna())
    rows = out[out["reasons"].notna()]
    records = [reasons_from_json(text) for text in rows["reason_records"]]
    assert [reasons_as_text(told) for told in records] == rows["reasons"].tolist()
    told = [reason for machine in records for reason in machine]
    assert told
    assert all(reason.raises for reason in told)  # what lowers a risk is nothing to act on
    assert all(reason.log_odds >= 0.2 for reason in told)
    assert {reason.subject for reason in told} <= {
        *settings.fleet.sensors, *settings.fleet.error_codes, *settings.fleet.components, "errors", "machine"
    }  # fmt: skip


def test_answers_have_the_columns_that_workers_send(model: Model, night: pd.DataFrame, settings: Settings) -> None:
    counts = reading_counts(settings.fleet, settings.workspace.scoring)
    out = answer(night, model, settings.fleet.components, settings.fleet.further_horizons, counts)
    assert list(out.columns) == [
        column.name for column in answer_columns(settings.fleet.components, settings.fleet.further_horizons)
    ]


def test_the_hash_speaks_of_the_features_alone(model: Model, night: pd.DataFrame) -> None:
    before = features_hash(night, model)
    assert features_hash(night.assign(fails_any=np.nan, machine_id="x"), model) == before
    night.loc[0, "age"] = 11.0
    after = features_hash(night, model)
    assert after[0] != before[0]
    assert after[1:] == before[1:]


def test_missing_features_and_unknown_models_still_score(model: Model, night: pd.DataFrame, settings: Settings) -> None:
    night.loc[0, "model"] = None
    night.loc[0, ["age", "volt_mean_24h", "volt_shift_24h"]] = np.nan
    out = score(night, model, VERSION, settings, SCORED_AT)
    assert out["failure_probability"].between(0, 1).all()


def test_the_hash_of_a_row_does_not_depend_on_how_many_are_hashed_at_once(
    model: Model, night: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pd.util.hash_pandas_object(night[list(model.card.features)], index=False)
    monkeypatch.setattr("ml.scoring.digest.AT_ONCE", 7)
    assert features_hash(night, model) == [f"{value:016x}" for value in whole]


def test_score_reads_the_columns_it_names_and_no_others(model: Model, night: pd.DataFrame, settings: Settings) -> None:
    named = [name for name in columns_to_score(model, settings.fleet, settings.workspace.scoring) if name in night]
    assert len(named) < len(night.columns)
    whole, narrow = (
        score(rows, model, VERSION, settings, SCORED_AT) for rows in (night, night[["machine_id", "as_of", *named]])
    )
    assert whole["reasons"].notna().any()
    pd.testing.assert_frame_equal(whole, narrow)


@pytest.mark.parametrize(
    ("chances", "expected"),
    [
        ([0.1, 0.9, 0.5], [1, 2]),
        ([0.5, 0.9, 0.5, 0.5], [1, 0]),  # of equal ones the earlier
        ([np.nan, 0.2, np.nan], [1]),
        ([0.3, 0.3], [0, 1]),
        ([], []),
    ],
)
def test_the_highest_are_found_among_equal_and_missing_ones(chances: list[float], expected: list[int]) -> None:
    machines = np.array(list("abcdef")[: len(chances)], dtype=object)
    assert _highest(np.array(chances), machines, 2).tolist() == expected


def test_equal_chances_go_by_machine_in_whatever_order_the_rows_lie() -> None:
    machines = np.array(["c", "a", "b"], dtype=object)
    assert machines[_highest(np.array([0.5, 0.5, 0.5]), machines, 2)].tolist() == ["a", "b"]


def test_no_bit_depends_on_the_width_in_which_features_are_stored(model: Model, night: pd.DataFrame) -> None:
    numbers = [name for name in model.card.features if name not in model.card.categorical]
    narrow = night.assign(**{name: night[name].astype("float32") for name in numbers})
    wide = night.assign(**{name: narrow[name].astype("float64") for name in numbers})
    assert model.log_odds(narrow).equals(model.log_odds(wide))
