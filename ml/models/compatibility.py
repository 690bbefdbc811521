"""Whether a model can answer for a mart: the vars may have changed since it was trained."""

from collections.abc import Collection

from ml.models.model import ModelCard
from settings import Fleet


def misfits(card: ModelCard, columns: Collection[str], fleet: Fleet) -> list[str]:
    """What keeps the model of `card` from answering for rows of these `columns` and this fleet; empty where it can.

    Named are features that the rows lack, components that the model knows nothing of, and a horizon that is another:
    a day's probability would be told, and judged, as two days'.
    """
    lacking = [name for name in card.features if name not in columns]
    lacking += [f"component {name}" for name in fleet.components if name not in card.targets]
    return lacking + [f"a horizon of {card.horizon_hours} h"] * (card.horizon_hours != fleet.horizon_hours)
