import numpy as np
import pandas as pd

from ml.evaluation.leakage import suspects
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
