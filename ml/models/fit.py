"""Whether a model can answer for a mart: the vars may have changed since it was trained."""

from collections.abc import Collection

from ml.models.model import ModelCard


def misfits(card: ModelCard, columns: Collection[str], components: Collection[str]) -> list[str]:
    """What keeps the model of `card` from answering for rows of these `columns` and `components`; empty where it can.

    Named are features that the rows lack, and components that the model knows nothing of.
    """
    lacking = [name for name in card.features if name not in columns]
    return lacking + [f"component {name}" for name in components if name not in card.targets]
