import warnings

import pandas as pd
import pytest

from ml.mart.feed_outages import OUTAGES, with_outages, without_errors, without_maintenance, without_telemetry
from settings import Fleet, Settings

ROW = pd.DataFrame(
    {
        "volt_mean_24h": [170.0], "volt_n_24h": [24.0], "volt_baseline_n": [300.0], "error1_count_24h": [2.0],
        "errors_count_3h": [1.0], "error1_hours_since": [4.0], "comp2_hours_since_replacement": [90.0], "age": [7.0],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("dark", "unknown", "zero"),
    [
        (without_errors, {"error1_hours_since"}, {"error1_count_24h", "errors_count_3h"}),
        (without_telemetry, {"volt_mean_24h"}, {"volt_n_24h", "volt_baseline_n"}),
        (without_maintenance, {"comp2_hours_since_replacement"}, set()),
    ],
)
def test_a_dark_feed_takes_its_own_columns_and_no_others(
    dark: object, unknown: set[str], zero: set[str], settings: Settings
) -> None:
    left = dark(ROW, settings.fleet)[ROW.columns]  # type: ignore[operator]
    assert {name for name in ROW.columns if left[name].isna().all()} == unknown
    assert {name for name in ROW.columns if (left[name] == 0).all()} == zero
    same = [name for name in ROW.columns if name not in unknown | zero]
    assert left[same].equals(ROW[same])


def test_wear_of_a_component_is_unknown_without_maintenance_and_that_of_the_machine_is_not(settings: Settings) -> None:
    given = settings.fleet.model_dump() | {"new_hours": 168}
    given["sensors"]["volt"]["component"] = "comp1"
    rows = ROW.assign(volt_wear_24h=2.0, rotate_wear_24h=1.0)
    left = without_maintenance(rows, Fleet.model_validate(given))
    assert left[["volt_wear_24h", "rotate_wear_24h"]].isna().to_numpy().tolist() == [[True, False]]
    dark = without_telemetry(rows, Fleet.model_validate(given))
    assert dark[["volt_wear_24h", "rotate_wear_24h"]].isna().all(axis=None)


def test_training_sees_each_outage_in_its_share_of_rows(settings: Settings) -> None:
    rows = pd.concat([ROW] * 2000, ignore_index=True)
    training = settings.workspace.training.model_copy(update={"outage_share": 0.1})
    seen = with_outages(rows, settings.fleet, training)
    assert seen.head(2000).equals(rows)
    assert abs(len(seen) - 2000 * (1 + 0.1 * len(OUTAGES))) < 100
    assert 150 < seen["volt_mean_24h"].isna().sum() < 250
    assert len(with_outages(rows, settings.fleet, training.model_copy(update={"outage_share": 0.0}))) == 2000


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_rows_of_a_dark_feed_keep_the_types_of_their_columns(share: float, settings: Settings) -> None:
    small = {"volt_mean_24h": "float32", "error1_hours_since": "float32", "comp2_hours_since_replacement": "float32"}
    rows = pd.concat([ROW] * 40, ignore_index=True).astype(small)
    training = settings.workspace.training.model_copy(update={"outage_share": share})
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of pandas, where the type of a column depends on how many are empty
        seen = with_outages(rows, settings.fleet, training)
    assert seen.dtypes[list(small)].eq("float32").all()
