"""The model card is Markdown that MLflow shows: what components, columns and reasons are called stays text."""

from markdown_it import MarkdownIt

from delivery.pages.model_card import render_model_card
from ml.evaluation.decision import Decision
from ml.training.recipe import recipe_of
from ml.training.train import Trained, TrainingCosts
from settings import Settings

CLICK = "[click](http://evil) | <img src=x> **b**"
FIGURES = {name: {"average_precision": 0.9, "failures": 2.0, "failures_caught": 2.0, "needless_visits": 0.0,
                  "cost": 300.0} for name in ("challenger", CLICK)}  # fmt: skip


def test_nothing_in_a_card_is_live(trained: Trained, settings: Settings) -> None:
    decision = Decision(True, True, f"because {CLICK}", 10, 2, "2025-01-01", "2025-01-10", FIGURES)
    left_out = settings.workspace.training.model_copy(update={"leave_out": ("*_min_*", CLICK)})
    workspace = settings.workspace.model_copy(update={"training": left_out})
    recipe = recipe_of(settings.model_copy(update={"workspace": workspace}))
    card = render_model_card(trained, TrainingCosts(train_seconds=12.5, train_peak_bytes=2e9), decision, recipe)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(card)
    assert html.count("[click](http://evil)") == 3
    assert not [tag for tag in ("<a ", "<img", "<em>", "**b**</strong>") if tag in html]
    assert "*_min_*" in html
    assert html.count("<table>") == 2
