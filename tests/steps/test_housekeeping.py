"""What goes and what stays: model files, the warehouse's empty blocks, logs."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ml.evaluation.decision import Decision
from ml.models.version import ModelVersion
from ml.registry.artifacts import FilesRemoved
from ml.registry.registry import Registry, registry
from ml.registry.run_log import TrainingRun
from ml.training.recipe import recipe_of
from ml.training.train import Trained, TrainingCosts
from settings import Settings
from steps.housekeeping import prune_models, rotate_log
from steps.reproduce import UnknownRun, reproduce
from warehouse.compaction import WASTE, compact
from warehouse.connection import connect

FIGURES = {"challenger": {"average_precision": 0.9, "failures": 2.0, "failures_caught": 2.0, "needless_visits": 0.0,
                          "precision": 1.0, "recall": 1.0, "cost": 300.0}}  # fmt: skip

NOW = datetime(2025, 3, 2, 6, 30)


def decision(promoted: bool) -> Decision:
    return Decision(promoted, True, "because", 10, 2, "2025-01-01 06:00:00", "2025-01-10 06:00:00", FIGURES)


def files(models: Registry, version: str) -> set[str]:
    run_id = models.runs.run_id(ModelVersion(models.names.model_name, version))
    folder = models.runs.files.root / run_id / "artifacts"
    return {path.name for path in folder.iterdir()} & {"bundle", "tuning.parquet"}


def test_old_models_lose_their_files_but_not_their_record(trained: Trained, settings: Settings, tmp_path: Path) -> None:
    """Versions 1 and 2 were champion before 3, and 4 waits for the gate."""
    paths = settings.paths.model_copy(update={"home": tmp_path})
    mine = settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})
    models, recipe, costs = registry(mine), recipe_of(mine), TrainingCosts(1.0, 1e9)
    for _ in range(3):
        models.record(models.register(TrainingRun(trained, recipe, costs, decision(True), "card")), decision(True), NOW)
    models.register(TrainingRun(trained, recipe, costs, decision(False), "card"))
    before = models.decisions.promotions()
    runs = {version.version: models.runs.run_id(version) for version in models.versions()}

    assert prune_models(models, keep=20, now=NOW) == []
    assert prune_models(models, keep=2, now=NOW) == ["1"]
    assert {version for version in runs if not files(models, version)} == {"1"}
    assert prune_models(models, keep=2, now=NOW) == []
    assert models.decisions.promotions().equals(before)
    assert models.champion()[1].version == "3"
    assert models.find_challenger() is not None
    with pytest.raises(UnknownRun, match=r"version 1 were removed at 2025-03-02T06:30:00 by .* train again instead"):
        reproduce(runs["1"], mine)
    assert models.aliases.rollback(NOW)[0].version == "2"
    with pytest.raises(FilesRemoved, match=r"version 1 were removed at .* housekeeping.keep_models"):
        models.aliases.rollback(NOW)
    assert models.champion()[1].version == "2"


def test_a_warehouse_that_is_mostly_empty_shrinks_and_holds_the_same(tmp_path: Path) -> None:
    path = tmp_path / "it's.duckdb"
    with connect(path) as con:
        con.execute("create schema raw; create table raw.big as select range as n, random() as x from range(2_000_000)")
        con.execute("create table kept (id integer not null default 7, seen timestamp)")
        con.execute("insert into kept values (1, timestamp '2025-01-01'), (3, null), (2, timestamp '2024-01-01')")
        con.execute("create view nights as select * from kept where seen is not null")
        con.execute("checkpoint; delete from raw.big where n > 10; checkpoint")
    (tmp_path / f".{path.name}.partial").write_text("half a copy")
    held = [content(path, table) for table in ("kept", "raw.big", "nights")]
    before, after = compact(path)
    assert before.exceeds(WASTE)
    assert after.file < before.file / 5
    assert [content(path, table) for table in ("kept", "raw.big", "nights")] == held
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    with connect(path) as con:
        con.execute("insert into kept (seen) values (timestamp '2025-02-01')")
        assert con.execute("select id from kept where seen > '2025-01-02'").fetchall() == [(7,)]


def test_a_full_warehouse_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    duckdb.connect(str(path)).execute("create table big as select random() as x from range(1_000_000)").close()
    before, inode = path.read_bytes(), path.stat().st_ino
    assert compact(path)[0] == compact(path)[1]
    assert path.read_bytes() == before
    assert path.stat().st_ino == inode


def test_a_night_again_and_again_does_not_grow_the_warehouse(tmp_path: Path) -> None:
    """What a build does to its tables, twenty times: delete from a day on, insert the same rows again."""
    path, sizes = tmp_path / "w.duckdb", []
    with connect(path) as con:
        con.execute("""
            create table mart as
            select timestamp '2025-01-01' + to_hours(n // 100) as as_of, n % 100 as machine, random() as a
            from range(400_000) as numbers(n)
        """)
    for _ in range(20):
        with connect(path) as con:
            con.execute("create table again as select * from mart where as_of >= timestamp '2025-06-01'")
            con.execute("begin; delete from mart where as_of >= timestamp '2025-06-01'")
            con.execute("insert into mart select * from again; commit; drop table again")
        sizes.append(compact(path)[1].file)
    assert max(sizes[5:]) <= 1.5 * sizes[0]


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    assert not rotate_log(log)
    log.write_text("short")
    assert not rotate_log(log, most_bytes=5)
    log.write_text("longer")
    (tmp_path / "run.log.1").write_text("older")
    assert rotate_log(log, most_bytes=5)
    assert (tmp_path / "run.log.1").read_text() == "longer"
    assert not log.exists()


def content(path: Path, table: str) -> list[tuple[Any, ...]]:
    with connect(path, read_only=True) as con:
        return con.execute(f"select * from {table}").fetchall()
