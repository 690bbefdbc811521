"""No model is left out of the comparison of the engines."""

from settings import ROOT
from tests.spark.spark_kit import GRAINS, OUTCOMES

NOT_COMPARED = {"build_window", "mart_rows", "file_arrivals"}  # what the last build said of itself; views under others


def test_every_model_is_compared() -> None:
    models = {path.stem for path in (ROOT / "dbt_project/models").rglob("*.sql")}
    assert {*GRAINS, *OUTCOMES} == models - NOT_COMPARED
