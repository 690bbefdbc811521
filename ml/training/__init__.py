"""From mart rows to a model: splits, bags, folds, and the recipe that is recorded."""
