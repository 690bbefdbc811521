"""A run's model made again from its record, whatever the settings say by now."""

from ml.registry.registry import registry
from settings import FeatureSet, Settings
from steps.reproduce import reproduce
from steps.train import train_challenger

SETS = (FeatureSet(name="levels", leave_out=("*_shift_*",)), FeatureSet(name="no_rotations", leave_out=("rotate_*",)))


def with_sets(settings: Settings, *sets: FeatureSet) -> Settings:
    training = settings.workspace.training.model_copy(update={"feature_sets": sets})
    workspace = settings.workspace.model_copy(update={"training": training})
    return settings.model_copy(update={"workspace": workspace})


def test_a_champion_whose_features_the_folds_chose_comes_out_the_same(home: Settings) -> None:
    """The sets are the run's own; with today's, the first would be kept and the signal not be seen."""
    train_challenger(with_sets(home, *SETS))
    models = registry(home)
    model, version = models.champion()
    run_id = models.runs.run_id(version)
    assert "volt_shift_24h" in model.card.features, "else the folds have kept the first"
    assert not any(name.startswith("rotate_") for name in model.card.features)
    found = reproduce(run_id, with_sets(home, SETS[0]))
    assert found.differences == ()
    assert found.files > 1
