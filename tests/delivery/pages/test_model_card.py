"""The model card is Markdown that MLflow shows: what components, columns and reasons are called stays text."""

from dataclasses import replace

from markdown_it import MarkdownIt

from delivery.pages.model_card import render_model_card
from ml.evaluation.decision import Decision
from ml.models.remaining import RemainingCard
from ml.models.windows import LifeWindows
from ml.training.lifetimes import Lifetimes
from ml.training.recipe import Recipe, recipe_of
from ml.training.train import Trained, TrainingCosts
from settings import FeatureSet, Settings

CLICK = "[click](http://evil) | <img src=x> **b**"
FIGURES = {name: {"average_precision": 0.9, "failures": 2.0, "failures_caught": 2.0, "needless_visits": 0.0,
                  "cost": 300.0} for name in ("challenger", CLICK)}  # fmt: skip


def recipe_with(settings: Settings, **training: object) -> Recipe:
    own = settings.workspace.training.model_copy(update=training)
    workspace = settings.workspace.model_copy(update={"training": own})
    return recipe_of(settings.model_copy(update={"workspace": workspace}))


def test_nothing_in_a_card_is_live(trained: Trained, settings: Settings) -> None:
    decision = Decision(True, True, f"because {CLICK}", 10, 2, "2025-01-01", "2025-01-10", FIGURES)
    recipe = recipe_with(settings, leave_out=("*_min_*", CLICK))
    card = render_model_card(trained, TrainingCosts(train_seconds=12.5, train_peak_bytes=2e9), decision, recipe)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(card)
    assert html.count("[click](http://evil)") == 3
    assert not [tag for tag in ("<a ", "<img", "<em>", "**b**</strong>") if tag in html]
    assert "*_min_*" in html
    assert html.count("<table>") == 2


def test_a_card_says_which_features_and_why(trained: Trained, settings: Settings) -> None:
    sets = (FeatureSet(name="changes", leave_out=("*_mean_*",)), FeatureSet(name="levels", leave_out=("*_n_*",)))
    recipe = recipe_with(settings, feature_sets=sets, leave_out=("oil_*",))
    made = replace(trained, choice=replace(trained.choice, name="levels", reason="it ranks better: changes 0.1"))
    decision = Decision(True, True, "first", 10, 2, "2025-01-01", "2025-01-10", FIGURES)
    card = render_model_card(made, TrainingCosts(train_seconds=1, train_peak_bytes=1e9), decision, recipe)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(card)
    assert "left out: oil_*, *_n_*; no hour of day" in html
    assert "<td>levels: it ranks better: changes 0.1</td>" in html


def test_a_card_says_when_and_compares_the_candidates(trained: Trained, settings: Settings) -> None:
    timed = RemainingCard("mean", LifeWindows((1.0,), (0.0,), (0.0,), (0.0,), (0.0,), 0.8, 168.0, 6.0))
    model = replace(trained.model, card=replace(trained.model.card, remaining=timed))
    figures = {f"remaining_{kind}_{name}": 0.5 for kind in ("mean", "survival") for name in ("pinball", "rmse")}
    made = replace(
        trained, model=model, metrics={**trained.metrics, **figures, "remaining_mean_coverage": 0.79,
                                       "folds_remaining_coverage": 0.78, "folds_remaining_width": 12.0},
        lifetimes=Lifetimes(reason="mean fits the folds best"),
    )  # fmt: skip
    own = {**FIGURES["challenger"], "remaining_coverage": 0.81, "remaining_width": 30.0, "remaining_concordance": 0.9}
    decision = Decision(True, True, "first", 10, 2, "2025-01-01", "2025-01-10", {**FIGURES, "challenger": own})
    card = render_model_card(made, TrainingCosts(1, 1e9), decision, recipe_of(settings))
    assert "between which 80 % of the machines with such a window fail, up to 168 h ahead" in card
    assert "168 h ahead; both ends lie on whole steps of 6 h.\n" in card
    held = replace(model.card, remaining=replace(timed, windows=replace(timed.windows, widened=1.35)))
    wider = replace(made, model=replace(model, card=held))
    assert "6 h; where there are both, they lie 1.35 times as far from the median" in render_model_card(
        wider, TrainingCosts(1, 1e9), decision, recipe_of(settings)
    )
    assert "| remaining time | mean fits the folds best |" in card
    assert "| mean, chosen | 0.50 | 0.5 | 79 % |" in card
    assert "| survival | 0.50 | 0.5 | – | – |" in card
    assert "| **mean, as it answers** | – | – | 78 % | 12 |" in card
    assert "| quantiles" not in card
    assert "On the held-out nights 81 % of the ends lay inside, 30 h wide" in card
    unknown = {name: value for name, value in made.metrics.items() if not name.endswith("rmse")}
    decision = replace(decision, figures={**FIGURES, "challenger": {**own, "remaining_coverage": float("nan")}})
    card = render_model_card(replace(made, metrics=unknown), TrainingCosts(1, 1e9), decision, recipe_of(settings))
    assert "| mean, chosen | 0.50 | – | 79 % |" in card
    assert "On the held-out nights" not in card
