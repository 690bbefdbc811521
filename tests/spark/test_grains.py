"""No model is left out of the comparison of the engines."""

from settings import ROOT
from tests.spark.spark_kit import GRAINS, OUTCOMES

OF_ITSELF = {"build_window", "rebuild_window"}  # what the last build said of itself
UNDER_OTHERS = {"mart_rows", "file_arrivals", "lives_as_known", "outages_as_known", "reach_as_known"}  # views
OF_OTHER_VARS = {"early_readings", "regime_days"}  # test_worn_parity compares them
NOT_COMPARED = OF_ITSELF | UNDER_OTHERS | OF_OTHER_VARS


def test_every_model_is_compared() -> None:
    models = {path.stem for path in (ROOT / "dbt_project/models").rglob("*.sql")}
    assert {*GRAINS, *OUTCOMES} == models - NOT_COMPARED
