import numpy as np
import pandas as pd
import pytest

from ml.evaluation.leakage import LEAST_FAILURES, failures_in, leak_check, suspects
from ml.mart.columns import MartColumns
from settings import Settings


def test_a_leak_planted_in_the_mart_is_caught(mart: pd.DataFrame, columns: MartColumns, settings: Settings) -> None:
    limit = settings.workspace.promotion.leak_average_precision
    rng = np.random.default_rng(0)
    planted = mart.assign(
        hours_to_repair=np.where(mart["fails_any"] == 1, 5.0, 900.0) + rng.normal(size=len(mart)),
        ticket=np.where(mart["fails_any"] == 1, 1.0, np.nan),
        note=np.where(mart["fails_any"] == 1, "worn", "fine"),
        coin=rng.random(len(mart)),
        volt_shift_24h=mart["volt_shift_24h"] + rng.normal(size=len(mart)),
    )
    names = [*columns.features, "hours_to_repair", "ticket", "note", "coin"]
    assert set(suspects(planted, names, limit)) == {"hours_to_repair", "ticket", "note"}


def test_an_honest_mart_holds_no_suspect(mart: pd.DataFrame, columns: MartColumns, settings: Settings) -> None:
    assert suspects(mart, columns.features, settings.workspace.promotion.leak_average_precision) == {}


def test_without_failures_nothing_is_said(mart: pd.DataFrame, columns: MartColumns) -> None:
    assert suspects(mart[mart["fails_any"] == 0], columns.features, 0.0) == {}


def few(mart: pd.DataFrame, failures: int) -> pd.DataFrame:
    """The mart with all but so many failures taken out, each of another machine."""
    machines = mart.loc[mart["fails_any"] == 1, "machine_id"].drop_duplicates().head(failures)
    kept = mart.loc[(mart["fails_any"] == 1) & mart["machine_id"].isin(machines)].drop_duplicates("machine_id").index
    return mart.assign(fails_any=0.0, fails_comp1=0.0, luck=0.0).assign(
        fails_any=lambda rows: rows.index.isin(kept) * 1.0, luck=lambda rows: rows["fails_any"]
    )


@pytest.mark.parametrize("failures", [1, 2, 5, LEAST_FAILURES - 1])
def test_few_failures_make_no_column_a_suspect(mart: pd.DataFrame, failures: int) -> None:
    rows = few(mart, failures)
    assert failures_in(rows) == failures
    assert suspects(rows, ["luck"], 0.97) == {}
    assert not leak_check(rows, rows.head(0), ["luck"], 0.97).possible


def test_from_enough_failures_on_it_is_one(mart: pd.DataFrame) -> None:
    rows = few(mart, LEAST_FAILURES)
    assert set(suspects(rows, ["luck"], 0.97)) == {"luck"}
    assert leak_check(rows, rows.head(0), ["luck"], 0.97).possible


def test_with_few_failures_held_out_the_earlier_nights_tell(mart: pd.DataFrame) -> None:
    """Luck on one held-out failure is none on all nights; a column that knows the future knows it on all of them."""
    lucky = few(mart, 1).assign(leak=lambda rows: rows["fails_any"])
    earlier = mart.assign(as_of=mart["as_of"] - pd.Timedelta(days=90), luck=0.0, leak=mart["fails_any"])
    found = leak_check(lucky, earlier, ["luck", "leak"], 0.97)
    assert set(found.suspects) == {"leak"}
    assert found.failures == failures_in(mart) + 1


def test_a_failure_that_many_snapshots_foresee_is_one() -> None:
    times = pd.date_range("2025-01-01", periods=6, freq="3h")
    rows = pd.DataFrame({"machine_id": ["b", "a"] * 6, "as_of": times.repeat(2), "fails_any": 0.0})
    rows.loc[rows["machine_id"] == "a", "fails_any"] = [0, 1, 1, 0, 1, 1]
    rows.loc[rows["machine_id"] == "b", "fails_any"] = [1, 1, 1, 0, 0, 0]
    assert failures_in(rows) == 3
