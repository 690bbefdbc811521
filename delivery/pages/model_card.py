"""The model card: what a reviewer asks of a model before trusting it, in Markdown."""

from delivery.pages.templating import render_markdown
from ml.evaluation.decision import CHALLENGER, Decision
from ml.models.remaining import KINDS
from ml.training.fingerprint import code_version
from ml.training.recipe import Recipe
from ml.training.train import Trained, TrainingCosts


def render_model_card(trained: Trained, costs: TrainingCosts, decision: Decision, recipe: Recipe) -> str:
    """The card of a freshly trained model with the gate's verdict on it."""
    return render_markdown(
        "model_card.md.j2",
        card=trained.model.card,
        split=trained.split,
        choice=trained.choice,
        lifetimes=trained.lifetimes,
        remaining_kinds=[kind for kind in KINDS if f"remaining_{kind}_pinball" in trained.metrics],
        facts=trained.facts,
        metrics=trained.metrics,
        costs=costs,
        decision=decision,
        figures=decision.figures,
        own=decision.figures[CHALLENGER],
        economics=recipe.economics,
        training=recipe.training,
        left_out=_left_out(trained, recipe),
        fleet=recipe.fleet,
        code_version=code_version(),
    )


def _left_out(trained: Trained, recipe: Recipe) -> list[str]:
    """The patterns of columns that the model does not see: of all sets, and of the one that was chosen."""
    chosen = [one for one in recipe.training.feature_sets if one.name == trained.choice.name]
    return list(dict.fromkeys([*recipe.training.leave_out, *(out for one in chosen for out in one.leave_out)]))
