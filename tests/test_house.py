"""The walls of the house: what a room may hold and what not."""

import re
import subprocess
import sys

from settings import ROOT
from tests.house.imports import arrows_of, circles, imports_of, modules_of
from tests.house.layout import OF_A_ROOM, code_among_files, misplaced_tests
from tests.house.names import twice_defined
from tests.house.plan import ROOMS, arrows_up, room_of
from tests.house.sql_text import sql_in

ONE_ENGINE = (
    r"epoch_us|make_timestamp|unnest\(|generate_series|\bexclude\b|anti join|hugeint|varchar\b(?!')|"
    r"unix_micros|timestamp_micros|explode\(|distribute by|insert overwrite|\bdiv\b|target\.type"
)
MODULES = modules_of(ROOT, ROOMS)
# Names that several modules define, and what they mean there.
SHARED_NAMES = {
    "READS": "the tables that the step or page of the module reads",
    "SILENT": "a risk level's place among the levels where nights are scored, its name on the page",
    "TABLE": "the one table that a module of ml/scoring or ml/spark keeps",
}


def test_no_import_runs_up_the_tree() -> None:
    assert arrows_up(arrows_of(MODULES)) == []


def test_no_import_runs_in_a_circle() -> None:
    assert circles(arrows_of(MODULES)) == []


def test_folders_of_files_hold_no_code() -> None:
    assert code_among_files(ROOT) == []


def test_the_tests_mirror_the_tree() -> None:
    assert misplaced_tests(ROOT, OF_A_ROOM) == []


def test_a_name_has_one_meaning() -> None:
    assert {name: homes for name, homes in twice_defined(MODULES).items() if name not in SHARED_NAMES} == {}


def test_only_orchestration_imports_dagster() -> None:
    for name, path in MODULES.items():
        known = {full.split(".")[0] for full in imports_of(path)}
        assert room_of(name) == "orchestration" or not known & {"dagster", "dagster_dbt"}, name


def test_only_orchestration_knows_dagster() -> None:
    """Nor does anything that the other rooms import."""
    others = [name for name in MODULES if room_of(name) != "orchestration" and not name.endswith("__main__")]
    code = (
        f"import importlib, sys\nfor name in {others}:\n    importlib.import_module(name)\n"
        "sys.exit('dagster' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_one_module_imports_what_is_private_to_dagster() -> None:
    python = [*MODULES.values(), *(ROOT / "tests").rglob("*.py")]
    private = {path for path in python if any(full.startswith("dagster._") for full in imports_of(path))}
    assert private == {ROOT / "orchestration/dagster_private.py"}


def test_orchestration_holds_no_sql() -> None:
    assert [line for path in (ROOT / "orchestration").rglob("*.py") for line in sql_in(path)] == []


def test_the_definitions_fit_one_screen() -> None:
    assert len((ROOT / "orchestration/definitions.py").read_text().splitlines()) <= 45


def test_no_one_spells_a_feature_but_its_macro() -> None:
    """`volt_mean_24h` and its like are made by feature_name; only rules and reasons may read them by pattern."""
    spelled = re.compile(r"\b\w+_(?:mean|sd|min|max|shift|count)_\d+h\b")
    for path in (ROOT / "dbt_project").rglob("*.sql"):
        code = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        assert not spelled.findall(code), path


def test_engine_differences_live_in_one_folder() -> None:
    for path in (ROOT / "dbt_project").rglob("*.sql"):
        if "cross_db" not in path.parts:
            code = re.sub(r"\{#.*?#\}|--.*", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
            assert not re.search(ONE_ENGINE, code), path


def test_generated_files_are_ignored() -> None:
    made = [
        "data/warehouse.duckdb",
        "data/drops/x.csv",
        "data/published/x",
        "reports/morning_2025-01-01.html",
        "data/mlflow.db",
    ]
    for path in made:
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False).returncode == 0, path
