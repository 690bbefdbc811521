"""The model card: what a reviewer asks of a model before trusting it, in Markdown."""

from delivery.pages.templating import render_markdown
from ml.evaluation.gate import CHALLENGER, Decision
from ml.training.fingerprint import code_version
from ml.training.train import Trained
from settings import Settings


def model_card(trained: Trained, decision: Decision, settings: Settings) -> str:
    """The card of a freshly trained model with the gate's verdict on it."""
    return render_markdown(
        "model_card.md.j2",
        card=trained.model.card,
        split=trained.split,
        facts=trained.facts,
        metrics=trained.metrics,
        costs=trained.costs,
        decision=decision,
        figures=decision.figures,
        own=decision.figures[CHALLENGER],
        economics=settings.workspace.economics,
        training=settings.workspace.training,
        fleet=settings.fleet,
        code_version=code_version(),
    )
