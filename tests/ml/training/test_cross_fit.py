from pathlib import Path

import pandas as pd

from ml.mart.columns import ANY, MartColumns, label
from ml.training.bagging import raw_scores
from ml.training.cross_fit import cross_fit, distinct, fit, fit_all
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit


def test_what_has_the_same_labels_is_learnt_once_and_as_if_alone(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit, tmp_path: Path
) -> None:
    """Only comp1 ever fails here: it fails where any does."""
    rows = mart.assign(**{label("comp2"): mart[label(ANY)].where(mart.index % 7 > 0, 0.0)})
    targets = (ANY, "comp1", "comp2")
    assert distinct(rows, targets) == (ANY, "comp2")
    training = recipe.training.model_copy(update={"iterations": 5, "bags": 2})
    told: list[int] = []
    boosters = fit_all(rows, columns, targets, 5, recipe.fleet, training, lambda: told.append(1))
    assert list(boosters) == list(targets)
    assert len(told) == 2
    for target in targets:
        alone = fit(rows, columns, target, 5, recipe.fleet, training)
        files = tmp_path / "shared.cbm", tmp_path / "alone.cbm"
        for model, file in zip((boosters[target], alone), files, strict=True):
            model.save_model(str(file))
        assert files[0].read_bytes() == files[1].read_bytes()
    three = MartColumns(columns.features, targets)
    folds = cross_fit(rows, three, split.folds, recipe.fleet, training, lambda: told.append(1))
    assert list(folds.boosters) == list(targets)
    assert len(told) == 2 + 2 * len(split.folds)
    scores = [raw_scores(folds.boosters[target][-1], rows, columns) for target in targets]
    assert (scores[0] == scores[1]).all()
    assert (scores[0] != scores[2]).any()


def test_a_label_that_one_row_lacks_is_another(mart: pd.DataFrame) -> None:
    rows = mart.copy()
    rows.loc[rows.index[5], label("comp1")] = None
    assert distinct(rows, (ANY, "comp1")) == (ANY, "comp1")
