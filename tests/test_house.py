"""The walls of the house: what a room may hold and what not."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.spark.shipping import SOURCES
from settings import ROOT

ONE_ENGINE = (
    r"epoch_us|make_timestamp|unnest\(|generate_series|\bexclude\b|anti join|hugeint|varchar\b(?!')|"
    r"unix_micros|timestamp_micros|explode\(|distribute by|insert overwrite|\bdiv\b|target\.type"
)
PYTHON = sorted(path for room in ("data", "ml", "orchestration") for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    return set(re.findall(r"^\s*(?:from|import)\s+([\w.]+)", path.read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("room", ["ml", "data"])
def test_only_orchestration_knows_dagster(room: str) -> None:
    code = f"import pkgutil, importlib, sys, {room}\n" + (
        f"for m in pkgutil.walk_packages({room}.__path__, '{room}.'):\n"
        "    if not m.name.endswith('__main__'): importlib.import_module(m.name)\n"
        "sys.exit('dagster' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_orchestration_holds_no_sql() -> None:
    for path in (ROOT / "orchestration").rglob("*.py"):
        statements = re.findall(
            r"\b(?:insert into|delete from|create table|group by)\b", path.read_text(), re.IGNORECASE
        )
        assert not statements, path


def test_the_definitions_fit_one_screen() -> None:
    assert len((ROOT / "orchestration/definitions.py").read_text().splitlines()) <= 45


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
    ROOT / "ml/monitoring/lost_readings.py": "to be struck out once it asks the owner",
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
    rooms = ("simulator", "warehouse", "ingestion", "ml", "delivery", "steps", "orchestration")
    for path in (path for room in rooms for path in (ROOT / room).rglob("*.py")):
        spelled = [text for text in strings(path) if SPELLED.search(text)]
        assert not spelled or path in MAY_SPELL, (path, spelled)
    for path, why in MAY_SPELL.items():
        assert any(SPELLED.search(text) for text in strings(path)), f"{path} ({why}) spells none any more"


def test_workers_import_what_is_shipped_to_them_and_nothing_else_of_ours(tmp_path: Path) -> None:
    for path in (path for pattern in SOURCES for path in ROOT.glob(pattern)):
        shipped = tmp_path / path.relative_to(ROOT)
        shipped.parent.mkdir(parents=True, exist_ok=True)
        shipped.write_bytes(path.read_bytes())
    done = subprocess.run([sys.executable, "-c", "import ml.spark.worker"], cwd=tmp_path, check=False)
    assert done.returncode == 0


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
