"""The figures on Microsoft's Azure Predictive Maintenance set: `python -m tests.benchmarks.azure DROPS`.

DROPS is a folder with the five `PdM_*.csv` of the set, which we may not ship: "Microsoft Azure Predictive Maintenance"
on Kaggle has them. The documentation's figures are of the last quarter's telemetry (2015-10-01 00:00 to 2016-01-01
06:00) with all errors, maintenance and failures: keep those rows of `PdM_telemetry.csv`.

First the trap: how many failures an error announces, and what "any error at the scoring hour" scores. Then, in a
scratch home, land, build, train and judge as `make run` does, and print the leaderboard; `--trap` leaves that out.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import pandas as pd

from ml.evaluation.decision import CHAMPION
from ml.evaluation.hist_boosting import HIST_BOOSTING
from ml.evaluation.horizon_scenarios import by_first, within
from ml.evaluation.logistic import LOGISTIC
from ml.evaluation.naive_rules import RULES
from ml.evaluation.scenarios import CONFIGURED, GRID, REFITTED
from ml.metrics.row_metrics import decision_metrics
from settings import Fleet, load_settings
from warehouse.connection import open_warehouse

SHOWN = {CHAMPION: "champion", REFITTED: "its recipe refitted", HIST_BOOSTING: "`HistGradientBoosting`",
         LOGISTIC: "logistic regression", "rule:distance_from_normal": "distance from normal",
         "rule:any_error_24h": "`any_error_24h`"}  # fmt: skip
DAY = pd.Timedelta(hours=24)
SCORING_HOUR = 6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("drops", type=Path, help="the folder with the set's five files")
    parser.add_argument("--trap", action="store_true", help="only what errors give away: seconds instead of minutes")
    given = parser.parse_args()
    drops = given.drops.resolve()
    print(*trap(*(read(drops, feed) for feed in ("telemetry", "errors", "failures"))), sep="\n", flush=True)
    if not given.trap:
        print(*judged(drops), sep="\n")
    return 0


def read(drops: Path, feed: str) -> pd.DataFrame:
    columns = ["machineID", "datetime"]
    return pd.read_csv(drops / f"PdM_{feed}.csv", usecols=columns, parse_dates=["datetime"]).drop_duplicates()


def trap(telemetry: pd.DataFrame, errors: pd.DataFrame, failures: pd.DataFrame) -> list[str]:
    """What an error just a day before gives away. Frames: machineID, datetime, without repetition."""
    announced = failures.assign(datetime=failures["datetime"] - DAY).merge(errors)
    at_six = int((failures["datetime"].dt.hour == SCORING_HOUR).sum())
    nights = telemetry[telemetry["datetime"].dt.hour == SCORING_HOUR]
    nights = nights[nights["datetime"] <= telemetry["datetime"].max() - DAY]  # the last one's outcome is not known
    logged = nights.merge(errors.assign(logged=True), how="left")["logged"].notna()
    struck = nights.rename(columns={"datetime": "night"}).merge(failures, on="machineID")
    struck = struck[(struck["datetime"] > struck["night"]) & (struck["datetime"] <= struck["night"] + DAY)]
    struck = struck[["machineID", "night"]].drop_duplicates().rename(columns={"night": "datetime"})
    failed = nights.merge(struck.assign(failed=True), how="left")["failed"].notna()
    found = decision_metrics(failed.to_numpy(dtype="float64"), logged.to_numpy())
    hour, span = f"{SCORING_HOUR:02}:00", f"{nights['datetime'].min()} to {nights['datetime'].max()}"
    return [
        f"{len(announced)} of {len(failures)} failures are preceded by an error exactly 24 hours earlier; "
        f"{at_six} strike at {hour}.",
        f"An error logged at {hour}, on {len(nights):,} machine-nights from {span}: "
        f"precision {found['precision']:.3f}, recall {found['recall']:.3f}, F1 {found['f1']:.3f}.",
    ]


def judged(drops: Path) -> list[str]:
    """Land, build, train and judge in a scratch home; the leaderboard and the champion's own figures."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"NIGHTSHIFT_HOME": home, "NIGHTSHIFT_DROPS": str(drops)}
        from orchestration.commands.run import run_job  # noqa: PLC0415 - reads the environment
        from orchestration.runs.instance import workspace_instance  # noqa: PLC0415

        settings = load_settings()
        with workspace_instance() as instance:
            for job in ("build", "train"):
                run_job(settings, instance, job)
        with open_warehouse(settings, read_only=True) as con:
            board = con.execute("select * from ml.leaderboard").df()
            verdicts = con.execute("select model_version, reason from ml.promotions order by decided_at").fetchall()
    told = [f"version {version}: {reason}" for version, reason in verdicts]
    return [*table(board), "", *ahead(board, settings.fleet), "", *own(board), *told]


def table(board: pd.DataFrame) -> list[str]:
    """Average precision of any failure with its 90 % interval, and the mean over components, a row a scenario."""
    lines = [f"| scenario | {' | '.join(SHOWN.values())} | components (champion) |", "|---" * (len(SHOWN) + 2) + "|"]
    for scenario, rows in board.groupby("scenario", sort=False):
        cells = [_cell(rows[rows["contender"] == contender]) for contender in SHOWN]
        lines.append(f"| {scenario} | {' | '.join(cells)} | {_macro(rows)} |")
    return lines


def ahead(board: pd.DataFrame, fleet: Fleet) -> list[str]:
    """Each further horizon on the nights and the grid, by the champion's own booster for it, without a refit."""
    contenders = (CHAMPION, by_first(fleet.horizon_hours))
    lines = ["| horizon | rows | failing | champion | by its first horizon | best rule | Brier | calibration error |"]
    lines.append("|---" * 8 + "|")
    for scenario in [within(hours, name) for hours in fleet.further_horizons for name in (CONFIGURED, GRID)]:
        rows = board[board["scenario"] == scenario]
        if rows.empty:
            continue
        [own] = rows[rows["contender"] == CHAMPION].to_dict("records")
        rules = rows[rows["contender"].isin(RULES)].sort_values("average_precision").tail(1)
        cells = [_cell(rows[rows["contender"] == contender]) for contender in contenders]
        best = f"{_cell(rules)} `{rules['contender'].iloc[0]}`"
        share = f"{own['positives'] / own['rows']:.1%}"
        figures = f"{own['brier']:.4f} | {own['calibration_error']:.4f}"
        lines.append(f"| {scenario} | {own['rows']:,} | {share} | {' | '.join([*cells, best])} | {figures} |")
    return lines


def _macro(rows: pd.DataFrame) -> str:
    """The champion's mean over the components of the average precision of each."""
    found = rows.loc[rows["contender"] == CHAMPION, "macro_average_precision"].dropna()
    return f"{found.iloc[0]:.3f}" if len(found) else ""


def _cell(rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    [row] = rows.to_dict("records")
    if pd.isna(row["average_precision"]):
        return f"no answer ({row['failures_not_looked_at']} of {row['failures']} failures not looked at)"
    return "{average_precision:.3f} ({average_precision_low:.3f} to {average_precision_high:.3f})".format(**row)


def own(board: pd.DataFrame) -> list[str]:
    """What alerts came to at the scoring hour, for the champion and the rules."""
    rows = board[board["scenario"] == CONFIGURED]
    return [
        f"{row['contender']}: caught {row['failures_caught']} of {row['failures']}, "
        f"a median {row['lead_hours_median']:.0f} h ahead, {row['needless_visits']} needless visits "
        f"({row['false_alerts_per_machine_month']:.2f} a machine and month), "
        f"the right component for {row['component_accuracy']:.0%}, cost {row['cost']:,.0f}"
        for row in rows.to_dict("records")
    ]


if __name__ == "__main__":
    sys.exit(main())
