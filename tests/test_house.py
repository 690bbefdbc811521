"""The walls of the house: what a room may hold and what not."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.spark.shipping import packed_sources
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


def test_one_module_and_one_kit_import_what_is_private_to_dagster() -> None:
    python = [*MODULES.values(), *(ROOT / "tests").rglob("*.py")]
    private = {path for path in python if any(full.startswith("dagster._") for full in imports_of(path))}
    assert private == {ROOT / "orchestration/dagster_private.py", ROOT / "tests/orchestration/dagster_kit.py"}


def test_orchestration_holds_no_sql() -> None:
    assert [line for path in (ROOT / "orchestration").rglob("*.py") for line in sql_in(path)] == []


def test_the_definitions_fit_one_screen() -> None:
    assert len((ROOT / "orchestration/definitions.py").read_text().splitlines()) <= 52


def test_no_one_spells_a_feature_but_its_macro() -> None:
    """`volt_mean_24h` and its like are made by feature_name."""
    spelled = re.compile(r"\b\w+_(?:mean|sd|min|max|shift|count)_\d+h\b")
    for path in (ROOT / "dbt_project").rglob("*.sql"):
        code = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        assert not spelled.findall(code), path


# What a feature's name looks like in Python's strings, whole or in parts beside a value that an f-string puts in.
SPELLED = re.compile(
    r"_(?:n|mean|sd|min|max|shift|count)_(?![A-Za-z])|(?:^|_)(?:errors_count|baseline_(?:n|mean|sd)|hours_since)|"
    r"^_(?:n|mean|sd|min|max|shift|count)$|_\{[^{}]*\}h\b|\}_\{[^{}]*\}_\{"
)
MAY_SPELL = {
    ROOT / "ml/mart/feature_names.py": "the owner",
    ROOT / "ml/mart/horizon_labels.py": "labels, of which it is the owner",
    ROOT / "ml/scoring/contract.py": "the columns of predictions, of which it is the owner",
}


def strings(path: Path) -> Iterator[str]:
    """Every string and f-string of a module but what describes something, an f-string as it is written."""
    tree = ast.parse(path.read_text())
    described = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield ast.unparse(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in described:
            yield node.value


def test_no_python_spells_a_feature_but_its_owner() -> None:
    rooms = ("simulator", "warehouse", "ingestion", "ml", "delivery", "steps", "serving", "orchestration")
    for path in (path for room in rooms for path in (ROOT / room).rglob("*.py")):
        spelled = [text for text in strings(path) if SPELLED.search(text)]
        assert not spelled or path in MAY_SPELL, (path, spelled)
    for path, why in MAY_SPELL.items():
        assert any(SPELLED.search(text) for text in strings(path)), f"{path} ({why}) spells none any more"


def test_workers_import_what_is_shipped_to_them_and_nothing_else_of_ours(tmp_path: Path) -> None:
    """From the very zip: a package without `__init__.py` can be imported from a folder, but not from there."""
    code = f"import sys; sys.path.insert(0, {str(packed_sources())!r}); import ml.spark.worker; print(ml.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=False, capture_output=True, text=True, env={"PATH": ""}
    )
    assert done.returncode == 0, done.stderr
    assert ".zip" in done.stdout


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
        "reports/machines/2025-01-01/1-0123456789ab.html",
        "data/mlflow.db",
    ]
    for path in made:
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False).returncode == 0, path


CLOCKS = {"resource", "time", "timeit"}
AMBIENT = {"now", "utcnow", "today", "environ", "environb", "getenv", "putenv"}
LOGGERS = {"getLogger", "basicConfig", "captureWarnings"}


def impurities(source: str) -> list[str]:
    """What a module asks of the clock, the memory or the environment, and what it does to a logger when imported."""
    tree = ast.parse(source)
    found = [name for node in ast.walk(tree) for name in _names(node) if name in AMBIENT]
    found += [module for node in ast.walk(tree) for module in _modules(node) if module.partition(".")[0] in CLOCKS]
    return found + [name for node in _run_on_import(tree) for name in _names(node) if name in LOGGERS]


def _names(node: ast.AST) -> list[str]:
    """What a node asks of a module or an object, by name."""
    if isinstance(node, ast.Attribute):
        return [node.attr]
    return [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def _run_on_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes outside the bodies of functions: their decorators and defaults are run on import, too."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield child
        if isinstance(child, functions):
            decorators = [] if isinstance(child, ast.Lambda) else child.decorator_list
            for part in (child.args, *decorators):
                yield part
                yield from _run_on_import(part)
        else:
            yield from _run_on_import(child)


@pytest.mark.parametrize("path", sorted((ROOT / "ml").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_ml_reads_no_clock_and_no_environment(path: Path) -> None:
    """Moments, costs and settings are handed to it; a logger is touched by whoever opens what chatters."""
    assert impurities(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime as d\ndef f(): return d.now()",
        "import datetime\ndef f(): return datetime.datetime.utcnow()",
        "import pandas as pd\ndef f(): return pd.Timestamp.today()",
        "import time\ndef f(): return time.monotonic()",
        "def f():\n    from time import perf_counter as p\n    return p()",
        "import resource as r",
        "import os\ndef f(): return os.environ['HOME']",
        "from os import environ as e",
        "import os as o\nx = o.getenv('HOME')",
        "import logging\nlog = logging.getLogger(__name__)",
        "from logging import getLogger as g",
        "import logging\nfor name in ('a', 'b'):\n    logging.getLogger(name).setLevel(1)",
        "import logging\nclass A:\n    log = logging.getLogger('a')",
        "import logging\ndef f(log=logging.getLogger('a')): ...",
        "import logging as l\n@dataclass\nclass A:\n    log: object = l.getLogger('a')",
    ],
)
def test_what_is_not_pure_is_seen(source: str) -> None:
    assert impurities(source)


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime, time\ndef f(now: datetime) -> datetime: return now",
        "import logging\ndef f(): logging.getLogger('a').setLevel(logging.WARNING)",
        "import os\ndef f(): return os.getpid()",
    ],
)
def test_what_is_pure_is_left_alone(source: str) -> None:
    assert not impurities(source)
