"""What every booster is made with, whatever it learns, so that the same rows give the same bytes."""

from collections.abc import Sequence

from catboost import CatBoost, sum_models

from settings import TrainingSettings

# CatBoost stamps every model with a random id and the time.
STAMPS = {"model_guid": "nightshift", "train_finish_time": ""}


def shared_parameters(training: TrainingSettings) -> dict[str, object]:
    """CatBoost's parameters that do not depend on what is learnt, nor on how many trees learn it."""
    return {
        "learning_rate": training.learning_rate,
        "depth": training.depth,
        "rsm": training.feature_share,
        "border_count": training.borders,
        "one_hot_max_size": training.one_hot_models,
        "random_seed": training.seed,
        "thread_count": 1,  # `cross_fit.side_by_side` fits boosters side by side; no byte depends on how many
        "allow_writing_files": False,
        "verbose": False,
    }


def stamp(booster: CatBoost) -> None:
    """Replace the stamps of a fitted booster by ours."""
    for name, value in STAMPS.items():
        booster.get_metadata()[name] = value


def merged(boosters: Sequence[CatBoost]) -> CatBoost:
    """The mean of boosters as one."""
    if len(boosters) == 1:
        return boosters[0]
    mean = sum_models(list(boosters), weights=[1 / len(boosters)] * len(boosters))
    stamp(mean)
    return mean
