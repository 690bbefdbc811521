"""Where files stand: the tests beside what they test, and no code among the data."""

from collections.abc import Mapping
from pathlib import Path

FILES_ONLY = ("data", "reports")
# Kept by what they need to run or by what they measure, and not by the module they speak of.
APART = ("benchmarks", "dbt", "house", "spark", "team")
# Tests of a whole room, not of one module of it.
OF_A_ROOM = {
    "delivery/publishing/test_older_readers.py": "the published copy in the hands of older and other readers",
    "fleets/test_shipped.py": "the fleets that ship, from their files to a night",
    "fleets/test_engine_model.py": "engines of longer lives than the sample's, to a model",
    "fleets/test_engine_sets.py": "what engines are measured on, which tests/benchmarks/engine_sets.py lays",
    "fleets/test_work_orders.py": "the fleet of chillers, by public work orders",
    "delivery/notifications/test_receivers.py": "the outbox with several receivers",
    "ingestion/mapping/test_entries.py": "what the entries of vars.mapping do to one another",
    "ingestion/mapping/test_refusals.py": "the refusals of all of landing, and the line that each names",
    "ingestion/mapping/test_reading.py": "what landing does with mapped files that are written oddly",
    "intake/test_cases.py": "the whole of intake, on what went wrong once",
    "intake/test_no_step.py": "the whole of intake, on readings that come when something happens",
    "intake/test_wide.py": "the whole of intake, on a file of hundreds of columns",
    "intake/test_cli.py": "`python -m intake`, which is __main__.py",
    "ingestion/test_cells.py": "what landing does with single cells: typed, missing, unreadable",
    "ingestion/test_feedback.py": "one feed on its way through the whole of landing",
    "ingestion/test_files.py": "what landing does with files as a whole: refused, repeated, half written",
    "ingestion/test_hostile_files.py": "what landing does with files and disks that ask for too much",
    "ingestion/test_merging.py": "what landing does with several rows of one machine and time",
    "ingestion/test_rows.py": "what landing does with single rows: kept, repeated, rejected",
    "ingestion/test_cli.py": "`python -m ingestion`, which is __main__.py",
    "ingestion/mapping/test_shapes.py": "what landing does with files of every usual shape, mapped",
    "orchestration/test_prometheus.py": "a night as Prometheus sees it, through a real one",
    "orchestration/test_backfills.py": "the asset graph, asked for some nights of some of it",
    "orchestration/test_browser.py": "a browser before the server of a played home",
    "orchestration/test_daemon.py": "dagster.yaml, which a daemon of its own reads",
    "orchestration/test_kills.py": "every job, killed at every moment",
    "orchestration/test_one_writer.py": "two processes at one warehouse, through any job",
    "serving/test_cli.py": "`python -m serving`, which is __main__.py",
    "simulator/test_feeds.py": "the files of a fleet, whichever module wrote them",
    "test_environment.py": "tests/environment.py, which every test has around it",
    "test_house.py": "the walls between all rooms",
    "test_mutations.py": "the tests of whatever judges models",
    "settings/test_home_by_dbt.py": "the home that dbt opens, for each way to choose a fleet",
}


def code_among_files(root: Path) -> list[str]:
    """Python files in folders that hold data and pages, but for the code that MLflow puts beside a home's models."""
    found = (path.relative_to(root) for folder in FILES_ONLY for path in (root / folder).rglob("*.py"))
    return sorted(str(path) for path in found if "mlruns" not in path.parts)


def misplaced_tests(root: Path, of_a_room: Mapping[str, str]) -> list[str]:
    """Tests `tests/<room>/test_x.py` without a module or package `<room>/x`, and exceptions that are none any more."""
    out = []
    for path in sorted((root / "tests").rglob("test_*.py")):
        place = path.relative_to(root / "tests")
        tested = root / place.with_name(place.stem.removeprefix("test_"))
        stands = tested.is_dir() or tested.with_suffix(".py").exists()
        if place.parts[0] not in APART and stands == (str(place) in of_a_room):
            out.append(str(place))
    return out + sorted(name for name in of_a_room if not (root / "tests" / name).exists())
