"""What keeps a model from answering after the vars have changed."""

from ml.models.compatibility import misfits
from ml.models.model import ModelCard
from settings import Settings


def test_a_model_answers_for_its_own_columns_components_and_horizon(settings: Settings) -> None:
    fleet = settings.fleet
    card = ModelCard(
        features=("volt_mean_24h", "age"), categorical=(), targets=("any", *fleet.components), learned=(),
        calibrators={}, threshold=0.5, prevalence=0.1, horizon_hours=fleet.horizon_hours, trained_from="",
        trained_until="", cutoff="",
    )  # fmt: skip
    assert misfits(card, ["age", "volt_mean_24h", "more"], fleet) == []
    assert misfits(card, ["age"], fleet) == ["volt_mean_24h"]
    assert misfits(card, card.features, fleet.model_copy(update={"components": ("comp1", "gear")})) == [
        "component gear"
    ]
    assert misfits(card, card.features, fleet.with_horizon(2 * fleet.horizon_hours)) == [
        f"a horizon of {fleet.horizon_hours} h"
    ]
