"""What a model is made by: the settings that it depends on, and no others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from settings import Economics, EvaluationSettings, Fleet, Settings, TrainingSettings

NOT_THE_MODELS = {"slice_rows", "mapping"}  # how many rows dbt builds at a time; where files come from


@dataclass(frozen=True)
class Recipe:
    """The settings that steer a training and its judgement: the same rows and recipe give the same model."""

    training: TrainingSettings
    evaluation: EvaluationSettings
    economics: Economics
    fleet: Fleet

    def recorded(self) -> dict[str, Any]:
        """As JSON values: for the fingerprint, and for the run's record."""
        return {
            "training": self.training.model_dump(),
            "evaluation": self.evaluation.model_dump(),
            "economics": self.economics.model_dump(),
            "fleet": self.fleet.model_dump(mode="json", exclude=NOT_THE_MODELS),
        }


def recipe_of(settings: Settings) -> Recipe:
    """The recipe that the workspace asks for."""
    workspace = settings.workspace
    return Recipe(workspace.training, workspace.evaluation, workspace.economics, settings.fleet)


def recipe_from(recorded: Mapping[str, Any], fleet: Fleet) -> Recipe:
    """The recipe of a run's record (`Recipe.recorded`); what no model depends on is today's `fleet`."""
    return Recipe(
        training=TrainingSettings.model_validate(recorded["training"]),
        evaluation=EvaluationSettings.model_validate(recorded["evaluation"]),
        economics=Economics.model_validate(recorded["economics"]),
        fleet=Fleet.model_validate({**fleet.model_dump(mode="json"), **recorded["fleet"]}).placed_like(fleet),
    )
