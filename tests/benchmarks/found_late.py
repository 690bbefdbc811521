"""What changes where failures are found, on Backblaze's drives: `python -m tests.benchmarks.found_late DROPS`.

DROPS is a folder with daily files as for `tests.benchmarks.drives`. Their failures are dated when somebody looked: on
few days, and at no weekend. Lands, builds, learns and judges as that does, twice: with failures as they are dated, and
with `known_good_at`, by which a drive worked until the working day before it was found. Prints both side by side.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from intake.proposal import write_proposal
from ml.evaluation.contenders import ask_model
from ml.mart.columns import ANY, label
from ml.mart.load import load_failures
from ml.mart.silence import is_silent, reading_counts
from ml.metrics.event_metrics import event_figures
from ml.metrics.row_metrics import ranking_metrics
from ml.training.recipe import recipe_of
from settings import Settings, load_settings
from settings.fleet_file import FLEET_FILE
from tests.benchmarks.drives import FLEET, caught, judged_rows, learnt
from tests.benchmarks.shipped import files_to_mart
from warehouse.connection import open_warehouse

AS_DATED = "columns: {datetime: date, machineID: serial_number, failure: \"'drive'\"}"
LAST_ROUND = "date::timestamp - to_days(case when dayofweek(date::date) = 1 then 3 else 1 end)"  # of a Monday: Friday
AS_FOUND = AS_DATED.removesuffix("}") + f', known_good_at: "{LAST_ROUND}"}}'
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("drops", metavar="DROPS", type=Path, help="the folder with the daily files")
    parser.add_argument("--home", type=Path, help="where to land and build; what is there is not made again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home, drops = (given.home or Path(scratch)).resolve(), given.drops.resolve()
        dated = built(FLEET, drops, home / "dated")
        print(*calendar(dated), sep="\n", flush=True)
        told = facts(dated)
        found = facts(built(with_rounds(home / "fleet"), drops, home / "found"))
    print("| | as dated | found at the next round |", "|---|---|---|", sep="\n")
    print(*(f"| {name} | {told[name]} | {found[name]} |" for name in told), sep="\n")
    return 0


def with_rounds(folder: Path) -> Path:
    """A fleet in `folder` like `fleets/drives`, whose failures say when the drive was last known to work."""
    file = (FLEET / FLEET_FILE).read_text()
    if AS_DATED not in file:
        raise SystemExit(f"{FLEET / FLEET_FILE} has other columns of failures by now: correct AS_DATED.")
    write_proposal(folder, file.replace(AS_DATED, AS_FOUND))
    return folder


def built(fleet: Path, drops: Path, home: Path) -> Settings:
    os.environ |= {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(drops), "DBT_PROJECT_DIR": str(fleet)}
    settings = load_settings()
    if not settings.paths.warehouse.exists():
        files_to_mart(home)
    return settings


def calendar(settings: Settings) -> list[str]:
    """On which days failures are dated."""
    with open_warehouse(settings, read_only=True) as con:
        days = con.execute("select count(distinct event_at::date) from stg_telemetry").fetchall()[0][0]
        failed = con.execute("select failed_at::date, count(*) from outages group by all").fetchall()
    by_day = dict.fromkeys(DAYS, 0)
    for day, failures in failed:
        by_day[DAYS[day.isoweekday() % 7]] += failures
    told = ", ".join(f"{name} {failures}" for name, failures in by_day.items())
    return [f"{sum(by_day.values())} failures, dated on {len(failed)} of {days} days: {told}"]


def facts(settings: Settings) -> dict[str, str]:
    """A cell of the table by its row's name: what is known, and what a model comes to on the judged nights."""
    with open_warehouse(settings, read_only=True) as con:
        counts = "count(*) filter (where fails_any = 1), count(*) filter (where fails_any = 0), count(*)"
        ones, noughts, rows = con.execute(f"select {counts} from failure_labels").fetchall()[0]
        known = dict(con.execute("select known, count(*) from hours_to_failure group by known").fetchall())
        between = "select median(hours_high - hours_low) from hours_to_failure where known = 'between'"
        width = con.execute(between).fetchall()[0][0]
    return {
        "labels: fails within the week": f"{ones:,}",
        "labels: does not": f"{noughts:,}",
        "no label": f"{rows - ones - noughts:,}",
        "rows whose hours to the failure are one number": f"{known.get('exact', 0):,}",
        "rows whose failure lies between two moments": f"{known.get('between', 0):,}",
        "hours between these, median": "" if width is None else f"{width:.0f}",
    } | at_work(settings)


def at_work(settings: Settings) -> dict[str, str]:
    """The same of a model that has learnt from these labels, asked and judged as its own labels say."""
    rows, recipe = judged_rows(settings), recipe_of(settings)
    silent = is_silent(rows, reading_counts(settings.fleet, settings.workspace.scoring))
    answer = ask_model(learnt(settings)[0].model, rows).silenced(silent)
    with open_warehouse(settings, read_only=True) as con:
        failures = load_failures(con)
    labels = rows[label(ANY)].to_numpy(dtype="float64")
    events = event_figures(
        rows, answer.alerts, failures, recipe.fleet.horizon_hours, answer.component, answered=answer.answered
    ).row(recipe.economics)
    return {
        "model: average precision": f"{ranking_metrics(labels, answer.ranking)['average_precision']:.3f}",
        "failing drives among the 1 % riskiest of a night": f"{caught(rows, answer.ranking)}",
        "failures that alerts are judged by": f"{events['failures']}",
        "of these caught": f"{events['failures_caught']}",
        "hours ahead, median": f"{events['lead_hours_median']:.0f}",
    }


if __name__ == "__main__":
    sys.exit(main())
