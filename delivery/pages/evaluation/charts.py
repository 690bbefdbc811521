"""The evaluation report's pictures as plain geometry: the template turns it into SVG without ids, scripts or files."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.metrics import precision_recall_curve

from ml.arrays import Floats
from ml.evaluation.contenders import Answer
from ml.evaluation.leaderboard import HeldOut
from ml.metrics.event_metrics import EventFigures, event_figures
from ml.metrics.row_metrics import decision_metrics
from ml.wording import rate_mark

Pixels = tuple[float, float]
CHART_WIDTH, CHART_HEIGHT = 400, 260
LEFT, RIGHT, TOP, BOTTOM = 50, 388, 14, 214
SERIES_STYLES = 5
CURVE_POINTS = 48
LEAST_PROBABILITY = 0.001
ROWS_A_BIN, MOST_BINS = 10, 10
MOST_BARS = 12
Z_90 = 1.6449


@dataclass(frozen=True)
class Mark:
    """A point; `kind` names its style, `text` stands in it."""

    x: float
    y: float
    kind: str
    text: str = ""


@dataclass(frozen=True)
class Path:
    """A line through pixels."""

    points: Sequence[Pixels]
    kind: str


@dataclass(frozen=True)
class Bar:
    """A bar from the x axis up, `text` above it."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    text: str


@dataclass(frozen=True)
class Chart:
    """One picture. Ticks are (pixel, words), the legend (style, words); pixels lie in CHART_WIDTH x CHART_HEIGHT."""

    title: str
    x_label: str
    y_label: str
    x_ticks: Sequence[tuple[float, str]]
    y_ticks: Sequence[tuple[float, str]]
    paths: Sequence[Path] = ()
    marks: Sequence[Mark] = ()
    bars: Sequence[Bar] = ()
    legend: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Bin:
    """Rows of similar predicted probability: how many, and how many of them failed."""

    low: float
    high: float
    rows: int
    predicted: float
    failed: int

    @property
    def observed(self) -> float:
        """The share of rows before a failure, 0 to 1."""
        return self.failed / self.rows

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 90 % interval of the observed share."""
        spread = Z_90**2 / self.rows
        middle = (self.observed + spread / 2) / (1 + spread)
        half = math.sqrt(self.observed * (1 - self.observed) * spread + spread**2 / 4) / (1 + spread)
        return max(0.0, middle - half), min(1.0, middle + half)


def precision_recall_chart(held_out: HeldOut, answers: Mapping[str, Answer], champion: str) -> Chart | None:
    """Curves of whoever gives probabilities, the others as points at their thresholds; None without a failure."""
    labels = held_out.labels
    if not 0 < labels.sum() < len(labels):
        return None
    told = {name: answer for name, answer in answers.items() if answer.answered.any()}
    curves = [name for name, answer in told.items() if answer.probabilities is not None]
    points = [name for name in told if name not in curves]
    paths = [Path(_curve(labels, answers[name].ranking), _kind(i)) for i, name in enumerate(curves)]
    legend = [(_kind(i), name) for i, name in enumerate(curves)]
    marks = []
    if champion in curves and (spot := _spot(labels, answers[champion])):
        marks.append(Mark(*spot, kind=f"{_kind(curves.index(champion))} chosen"))
        legend.append((f"{_kind(curves.index(champion))} chosen", f"{champion}'s chosen threshold"))
    for letter, name in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", points, strict=False):
        spot = _spot(labels, answers[name])
        if spot:
            marks.append(Mark(*spot, kind="letter", text=letter))
        legend.append((f"letter {letter}", name if spot else f"{name} (never alerts, so no point)"))
    return Chart(
        "Precision against recall", "recall: share of failing machine-nights alerted", "precision of the alerts",
        _shares(_x), _shares(_y), paths, marks, legend=legend,
    )  # fmt: skip


def reliability_bins(labels: Floats, probabilities: Floats) -> tuple[list[Bin], Bin | None]:
    """Equal-count bins of the rows at or above LEAST_PROBABILITY, and one bin of all the rows below."""
    order = np.argsort(probabilities, kind="stable")
    below, above = order[probabilities[order] < LEAST_PROBABILITY], order[probabilities[order] >= LEAST_PROBABILITY]
    parts = np.array_split(above, min(MOST_BINS, max(1, len(above) // ROWS_A_BIN)))
    return [_bin(labels, probabilities, part) for part in parts if len(part)], (
        _bin(labels, probabilities, below) if len(below) else None
    )


def reliability_chart(bins: Sequence[Bin]) -> Chart | None:
    """Observed against predicted share, with Wilson's interval as a whisker; None without a bin."""
    if not bins:
        return None
    diagonal = Path([(_x(0), _y(0)), (_x(1), _y(1))], "reference")
    whiskers = [Path([(_x(b.predicted), _y(end)) for end in b.interval], "whisker") for b in bins]
    marks = [Mark(_x(b.predicted), _y(b.observed), "s0 dot") for b in bins]
    legend = [("s0 dot", "a bin of rows"), ("whisker", "90 % interval"), ("reference", "predicted equals observed")]
    return Chart("Observed against predicted share of failures", "mean predicted probability", "observed share",
                 _shares(_x), _shares(_y), [diagonal, *whiskers], marks, legend=legend)  # fmt: skip


def lead_chart(scenario: str, events: EventFigures, horizon_hours: int, step_hours: int) -> Chart | None:
    """Failures by hours of warning, the missed ones first; None without a failure."""
    if events.outcomes.empty:
        return None
    width = max(step_hours, math.ceil(horizon_hours / MOST_BARS))
    uppers = [min(start + width, horizon_hours) for start in range(0, horizon_hours, width)]
    lead = events.outcomes["lead_hours"].dropna().to_numpy(dtype="float64")
    counts = [len(events.outcomes) - len(lead)]
    counts += [int(((lead > max(0, upper - width)) & (lead <= upper)).sum()) for upper in uppers]
    ticks, top = _nice_ticks(max(counts))
    slot = (RIGHT - LEFT) / len(counts)
    bars = [
        Bar(_px(LEFT + slot * (i + 0.12)), _y(n / top), _px(slot * 0.76), _px(BOTTOM - _y(n / top)),
            "missed" if i == 0 else "s0", str(n) if n else "")
        for i, n in enumerate(counts)
    ]  # fmt: skip
    names = ["missed", *(str(upper) for upper in uppers)]
    return Chart(
        f"Hours of warning, {scenario}", f"hours from first alert to failure, up to (bins of {width} h)", "failures",
        [(_px(LEFT + slot * (i + 0.5)), name) for i, name in enumerate(names)],
        [(_y(tick / top), f"{tick:,.0f}") for tick in ticks], bars=bars,
        legend=[("bar s0", "caught"), ("bar missed", "missed")],
    )  # fmt: skip


def cost_chart(held_out: HeldOut, answer: Answer, threshold: float, rival: tuple[str, float] | None) -> Chart | None:
    """Event-level cost against the threshold on a log-odds axis; `rival` is another contender's name and cost."""
    if not answer.answered.any():
        return None
    ends = logit(np.clip([threshold, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY], 1e-5, 1 - 1e-5))
    grid = np.unique(np.append(np.linspace(ends.min(), ends.max(), CURVE_POINTS), ends[0]))
    thresholds = expit(grid)
    # The very threshold, not its way through the logit and back, so that the mark is the leaderboard's figure.
    thresholds[np.searchsorted(grid, ends[0])] = threshold
    costs = _costs(held_out, answer.ranking, thresholds)
    ticks, top = _nice_ticks(max([*costs, rival[1] if rival else 0.0]))

    def across(log_odds: float) -> float:
        return _x((log_odds - grid[0]) / (grid[-1] - grid[0]))

    places = [(across(at), _y(cost / top)) for at, cost in zip(grid, costs, strict=True)]
    chosen = places[int(np.searchsorted(grid, ends[0]))]
    words = "above every score" if threshold > answer.ranking.max() else f"{threshold:.4f}"
    paths = [Path(places, "s0"), Path([(chosen[0], TOP), (chosen[0], BOTTOM)], "whisker")]
    legend = [("s0", "champion"), ("s0 chosen", f"chosen threshold {words}")]
    if rival:
        paths.append(Path([(LEFT, _y(rival[1] / top)), (RIGHT, _y(rival[1] / top))], "reference"))
        legend.append(("reference", f"{rival[0]} at its own threshold"))
    marked = [p for p in (0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999) if grid[0] - 1e-9 <= logit(p) <= grid[-1]]
    return Chart(
        "Cost of the held-out nights against the alert threshold", "alert threshold (probability)", "cost",
        [(across(float(logit(p))), rate_mark(p)) for p in marked],
        [(_y(tick / top), f"{tick:,.0f}") for tick in ticks], paths, [Mark(*chosen, kind="s0 chosen")], legend=legend,
    )  # fmt: skip


def _costs(held_out: HeldOut, scores: Floats, thresholds: Floats) -> list[float]:
    known: dict[int, float] = {}
    costs = held_out.recipe.economics
    for alerts in (scores >= threshold for threshold in thresholds):
        # As many alerts of one ranking are the same alerts.
        if int(alerts.sum()) not in known:
            events = event_figures(held_out.rows, alerts, held_out.failures, held_out.recipe.fleet.horizon_hours)
            known[int(alerts.sum())] = float(events.row(costs)["cost"])
    return [known[int((scores >= threshold).sum())] for threshold in thresholds]


def _curve(labels: Floats, scores: Floats) -> list[Pixels]:
    """Steps from the highest threshold to the lowest, without points that fall on the same pixel."""
    precision, recall, _ = precision_recall_curve(labels, scores)
    steps = pd.DataFrame({"x": [_x(r) for r in recall[::-1]], "y": [_y(p) for p in precision[::-1]]}).iloc[1:]
    last = steps.drop_duplicates("x", keep="last")
    first = steps.drop_duplicates("x", keep="first")
    places = pd.concat([first, last]).sort_index(kind="stable").drop_duplicates()
    return list(places.itertuples(index=False, name=None))


def _spot(labels: Floats, answer: Answer) -> Pixels | None:
    found = decision_metrics(labels, answer.alerts)
    known = math.isfinite(found["precision"]) and math.isfinite(found["recall"])
    return (_x(found["recall"]), _y(found["precision"])) if known else None


def _bin(labels: Floats, probabilities: Floats, part: NDArray[np.intp]) -> Bin:
    inside = probabilities[part]
    return Bin(float(inside.min()), float(inside.max()), len(part), float(inside.mean()), int(labels[part].sum()))


def _nice_ticks(highest: float) -> tuple[list[float], float]:
    """Round ticks from 0 and the top of the axis, which lies at or above `highest`."""
    if highest <= 0:
        return [0.0, 1.0], 1.0
    rough = highest / 4
    size = 10 ** math.floor(math.log10(rough))
    step = max(1.0, next(size * n for n in (1, 2, 5, 10) if size * n >= rough))
    count = math.ceil(highest / step)
    return [step * i for i in range(count + 1)], step * count


def _shares(place: Callable[[float], float]) -> list[tuple[float, str]]:
    return [(place(tenths / 10), f"{tenths * 10} %") for tenths in (0, 2, 4, 6, 8, 10)]


def _kind(position: int) -> str:
    return f"s{position % SERIES_STYLES}"


def _px(value: float) -> float:
    return round(float(value), 1)


def _x(share: float) -> float:
    return _px(LEFT + (RIGHT - LEFT) * share)


def _y(share: float) -> float:
    return _px(BOTTOM - (BOTTOM - TOP) * share)
