"""Remaining life on NASA's C-MAPSS engines: `python -m tests.benchmarks.remaining_life FILE...`, with fleets/engines.

FILE is a training set as CSV, such as train_FD001.csv: `unit, cycle, setting1..3, s1..s21`. Beside it lie its test set
and the lives that these engines had left, test_FD001.csv and RUL_FD001.csv (`unit, RUL`). Both sets are landed and
built as a person would, each in a home of its own below `--home`; learnt and chosen is by five folds over the training
engines; then, once, the last row of each test engine is asked. Lives are capped at 125 cycles.

Where the fleet has operating regimes, both sets are one fleet, the engines of the test set behind the others
(`engine_sets`).

The test asks each engine once, cut at some cycle. So the folds are told likewise: each engine counts once, whichever
of its cycles it were cut at (`cut at random`); beside it one standard deviation of DRAWS such cuts of all engines.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
from catboost import CatBoost
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from ml.arrays import Floats
from ml.mart.columns import WEIGHT, MartColumns, mart_columns
from ml.mart.lives import with_lives
from ml.mart.load import load_mart
from ml.metrics.remaining_metrics import Truth, alpha_lambda, coverage, median_width, nasa_score, rmse
from ml.models.remaining import REMAINING_KINDS, centres
from ml.models.windows import HIGH_END, LOW_END, LifeWindows, Stated
from ml.remaining.answers import Answers, windows_by_others
from ml.remaining.candidates import pool_of
from ml.remaining.choice import LifeChoice, chosen
from ml.remaining.folds import FoldDone, FoldJob, LifeFold, LifeLearner, fit_mean, singles
from ml.remaining.targets import SETTLED, known_at
from ml.training.recipe import Recipe, recipe_of
from settings import ROOT, Settings, load_settings
from tests.benchmarks.engine_sets import engine_sets
from tests.benchmarks.shipped import files_to_mart, folder_of
from warehouse.connection import open_warehouse

FLEET = ROOT / "fleets/engines"
CYCLE, LAST = 24.0, 12.0  # hours of a cycle, and from the last one to the failure, as the fleet file has it
FOLDS = 5
MEAN_OF = "the chosen as a mean"
DRAWS = 200


@dataclass(frozen=True)
class Tried:
    """One feature set with what the folds made of it."""

    name: str
    columns: MartColumns
    choice: LifeChoice
    cut: list[str]

    @property
    def loss(self) -> float:
        """Of the candidate that it chose."""
        return min(figures["pinball"] for figures in self.choice.figures.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files", metavar="FILE", type=Path, nargs="+", help="training sets; test sets and RUL beside them"
    )
    parser.add_argument("--home", type=Path, help="where to land and build; what is there is not made again")
    parser.add_argument("--sets", nargs="+", default=[], help="of the feature sets only these")
    parser.add_argument("--candidates", nargs="+", choices=REMAINING_KINDS, help="these and no others")
    parser.add_argument("--folds-only", action="store_true", help="read no test set")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = (given.home or Path(scratch)).resolve()
        for file in given.files:
            print(*judged(file.resolve(), home, given), sep="\n", flush=True)
    return 0


def judged(train: Path, home: Path, given: argparse.Namespace) -> list[str]:
    """Learn and choose on one training set, then ask the engines of its test set."""
    sets = None if given.folds_only else engine_sets(train, has_regimes(), home)
    learn = sets.learn if sets else train
    settings = built(learn, home / learn.stem)
    recipe = recipe_for(settings, given.candidates)
    begun = process_time()
    rows, columns = settled_rows(settings)
    if sets:
        rows = rows[sets.learnt(units(rows))].reset_index(drop=True)
    tried = [
        by_engine(one.name, rows, learner_of(columns.without(one.leave_out), recipe))
        for one in recipe.training.feature_sets
        if not given.sets or one.name in given.sets
    ]
    lines = [f"## {train.stem}", f"{len(rows):,} rows of {rows['machine_id'].nunique()} engines"]
    lines += [line for one in tried for line in (_told(one), *one.cut)]
    best = min(tried, key=lambda one: one.loss)
    candidate, windows = best.choice.candidate, best.choice.windows
    assert candidate is not None
    assert windows is not None
    booster = fit_mean(candidate, rows, learner_of(best.columns, recipe), _one_by_one)
    assert booster is not None
    lines += [f"chosen: {best.name}, {candidate.kind}; {process_time() - begun:.0f} s of CPU"]
    if sets is None:
        return lines
    last = last_rows(built(sets.ask, home / sets.ask.stem))
    asked = last[sets.asked(last["unit"])].reset_index(drop=True)
    return lines + figures(asked, sets.left, booster, candidate.kind, best.columns, windows)


def has_regimes() -> bool:
    """Whether the fleet compares readings with the fleet's own in the same regime."""
    return bool(load_settings(env={**os.environ, "DBT_PROJECT_DIR": str(FLEET)}).fleet.regimes)


def units(rows: pd.DataFrame) -> "pd.Series[int]":
    """The number of each row's engine."""
    return rows["machine_id"].str.removeprefix("engine ").astype(int)


def recipe_for(settings: Settings, kinds: Sequence[str] | None) -> Recipe:
    """The fleet's recipe with one bag that holds every row, for so few are quickly learnt, and `kinds` where given."""
    recipe, update = recipe_of(settings), {"bags": 1, **({"remaining_candidates": tuple(kinds)} if kinds else {})}
    return replace(recipe, training=recipe.training.model_copy(update=update))


def settled_rows(settings: Settings) -> tuple[pd.DataFrame, MartColumns]:
    """The mart's rows with their lives, all of which were run to their end."""
    with open_warehouse(settings, read_only=True) as con:
        columns = mart_columns(con, settings.fleet, settings.workspace.training)
        rows = with_lives(con, load_mart(con, datetime.min, datetime.max))
    fleet = settings.fleet
    known = known_at(rows.assign(**{WEIGHT: 1.0}), datetime(2100, 1, 1), float(fleet.remaining_cap), fleet)
    return known.assign(**{SETTLED: True}), columns


def learner_of(columns: MartColumns, recipe: Recipe) -> LifeLearner:
    """What every booster here is fitted with."""
    return LifeLearner(columns, float(recipe.fleet.remaining_cap), recipe.fleet, recipe.training)


def by_engine(name: str, rows: pd.DataFrame, learner: LifeLearner) -> Tried:
    """What FOLDS folds over the engines choose; an engine's rows are all in one."""
    folds = [
        LifeFold(rows.iloc[before], rows.iloc[inside])
        for before, inside in GroupKFold(FOLDS).split(rows, groups=rows["machine_id"])
    ]
    tried = singles(folds, learner, _one_by_one)
    choice = chosen(tried, folds, learner, _one_by_one)
    assert choice.answers is not None
    engines = pd.concat([fold.judged["machine_id"] for fold in folds]).to_numpy()
    stated = Stated(learner.training.remaining_coverage, learner.fleet.remaining_step)
    asked = {kind: one.answers for kind, one in tried.items()} | {MEAN_OF: choice.answers}
    cut = [f"{kind}, {line}" for kind, one in asked.items() for line in cut_at_random(one, engines, stated)]
    return Tried(name, learner.columns, choice, cut)


def cut_at_random(answers: Answers, engines: NDArray[np.object_], stated: Stated) -> list[str]:
    """What the folds say of engines cut at a random cycle and asked there once; `engines` (n,) names each row's.

    Every row counts by the chance that its engine is cut there: what a mean over all cuts would come to.
    """
    number = pd.factorize(engines)[0]
    chance = 1 / np.bincount(number)[number]
    windows = windows_by_others(answers, stated)
    low, high = windows[LOW_END].to_numpy(), windows[HIGH_END].to_numpy()
    held = [
        coverage(answers.truth.at(kind), low[kind], high[kind], chance[kind])
        for kind in (~np.isnan(high), np.isnan(high) & ~np.isnan(low))
    ]
    random = np.random.default_rng(FOLDS)
    drawn = [rmse(answers.truth, answers.centre, counted.astype(float)) for counted in _cuts(number, random)]
    return [
        f"cut at random: RMSE {rmse(answers.truth, answers.centre, chance) / CYCLE:.2f} +-{np.std(drawn) / CYCLE:.2f}; "
        f"windows with both ends hold {held[0]:.1%}, without a high end {held[1]:.1%}"
    ]


def _cuts(number: NDArray[np.intp], random: np.random.Generator) -> Iterator[NDArray[np.bool_]]:
    """DRAWS times one row of each engine, by its number."""
    for _ in range(DRAWS):
        order = random.permutation(len(number))
        _, first = np.unique(number[order], return_index=True)
        cut = np.zeros(len(number), dtype=bool)
        cut[order[first]] = True
        yield cut


def last_rows(settings: Settings) -> pd.DataFrame:
    """The last row of each engine, in the order of their numbers."""
    with open_warehouse(settings, read_only=True) as con:
        rows = load_mart(con, datetime.min, datetime.max)
    last = rows.sort_values("as_of").drop_duplicates("machine_id", keep="last")
    return last.assign(unit=units(last)).sort_values("unit", ignore_index=True)


def figures(
    asked: pd.DataFrame,
    left: "pd.Series[int]",
    booster: CatBoost,
    kind: str,
    columns: MartColumns,
    windows: LifeWindows,
) -> list[str]:
    """Both conventions, by the lives `left` (cycles, by unit)."""
    centre, spread = centres(booster, kind, pool_of(asked, columns), windows.cap, 1)
    lives = asked["unit"].map(left).to_numpy(dtype="float64")
    hours = lives * CYCLE + LAST
    truth = Truth(np.minimum(hours, windows.cap), np.where(hours < windows.cap, hours, np.inf), windows.cap)
    ends, alike = windows.of(centre, spread), np.ones(len(asked))
    low, high = ends[LOW_END].to_numpy(), ends[HIGH_END].to_numpy()
    cycles = (centre - LAST) / CYCLE
    plain = cycles - lives
    plain_score = np.where(plain < 0, np.expm1(-plain / 13), np.expm1(plain / 10)).sum()
    return [
        "| | test lives capped | not capped |", "|---|---|---|",
        f"| RMSE, cycles | {rmse(truth, centre, alike) / CYCLE:.2f} | {np.sqrt(np.mean(plain**2)):.2f} |",
        f"| NASA's score | {nasa_score(truth, centre, CYCLE):.0f} | {plain_score:.0f} |",
        f"within 20 % of the life that was left: {alpha_lambda(truth, centre):.0%} of {int(truth.ended.sum())} engines",
        f"windows that state {windows.coverage:.0%}: {_held(truth, low, high, ~np.isnan(high))}, "
        f"{median_width(low, high) / CYCLE:.0f} cycles wide at the median; without a high end "
        f"{_held(truth, low, high, np.isnan(high) & ~np.isnan(low))}",
        f"said not to fail within the cap: {int(np.isnan(low).sum())} engines, of which "
        f"{int((np.isnan(low) & truth.ended).sum())} do",
    ]  # fmt: skip


def _held(truth: Truth, low: Floats, high: Floats, kind: NDArray[np.bool_]) -> str:
    """How many windows of one kind there are, and the share that holds the life."""
    share = coverage(truth.at(kind), low[kind], high[kind], np.ones(int(kind.sum())))
    return f"{share:.1%} of {int(kind.sum())} hold the life"


def built(file: Path, home: Path) -> Settings:
    """The settings of the fleet whose files are `file` alone, landed and built below `home`."""
    drops = folder_of(file, home / "drops")
    os.environ |= {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(drops), "DBT_PROJECT_DIR": str(FLEET)}
    settings = load_settings()
    if not settings.paths.warehouse.exists():
        for name, run in files_to_mart(home).items():
            print(f"{home.name}, {name}: {run.seconds:.0f} s", flush=True)
    return settings


def _told(tried: Tried) -> str:
    asked = {**tried.choice.figures, MEAN_OF: tried.choice.told}
    told = "; ".join(f"{kind}: {_figures(figures)}" for kind, figures in asked.items())
    return f"{tried.name} ({len(tried.columns.features)} columns): {told}"


def _figures(found: Mapping[str, float]) -> str:
    return (
        f"RMSE {found['rmse'] / CYCLE:.2f} cycles, within the cap {found['rmse_of_failures'] / CYCLE:.2f}, pinball "
        f"{found['pinball'] / CYCLE:.2f}, inside {found['coverage']:.1%}, width {found['width'] / CYCLE:.0f}"
    )


def _one_by_one(work: Callable[[FoldJob], FoldDone], jobs: Iterable[FoldJob]) -> list[FoldDone]:
    return [work(job) for job in jobs]


if __name__ == "__main__":
    sys.exit(main())
