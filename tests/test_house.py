"""The walls of the house: what a room may hold and what not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
