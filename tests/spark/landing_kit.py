"""The same drops landed by both engines, and their raw tables as Python reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingestion import TABLES, LandingSummary
from ingestion.engine import land_drops
from settings import Fleet, Settings, load_settings
from tests.ingestion.landing_kit import fleet
from warehouse.connection import Connection, open_warehouse

Tables = dict[str, Any]


def workspace(folder: Path, target: str, drops: Path, known: Fleet | None = None) -> Settings:
    """A workspace of its own under `folder`, which lands `drops`."""
    env = {"NIGHTSHIFT_HOME": str(folder), "NIGHTSHIFT_DROPS": str(drops), "NIGHTSHIFT_TARGET": target}
    return load_settings(env=env).model_copy(update={"fleet": known or fleet()})


class Engines:
    """One drops folder and two workspaces that land it. Needs an open session for the one on Spark."""

    def __init__(self, folder: Path, session: Any, drops: Path | None = None) -> None:
        self.drops = drops or folder / "drops"
        self.drops.mkdir(exist_ok=True)
        for schema in ("raw", "main", "ml", "state"):
            session.sql(f"drop schema if exists {schema} cascade")
        self.session = session
        self.duck = workspace(folder / "duck", "duckdb", self.drops)
        self.spark = workspace(folder / "spark", "spark", self.drops)

    def drop(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (self.drops / name).write_text(text, encoding="utf-8")

    def land(self, *more_sensors: str, known: Fleet | None = None) -> LandingSummary:
        """Land on both; what they say and what they hold afterwards must be the same."""
        update = {"fleet": known or fleet(*more_sensors)}
        summary = land_drops(self.spark.model_copy(update=update))
        assert summary == land_drops(self.duck.model_copy(update=update))
        assert raw_tables(self.spark) == raw_tables(self.duck)
        return summary


def raw_tables(settings: Settings) -> Tables:
    """Every raw table's columns with their types and its rows in one order."""
    with open_warehouse(settings, read_only=True) as con:
        return {name: (_columns(con, name), _rows(con, name)) for name in TABLES}


def _columns(con: Connection, name: str) -> set[tuple[str, str]]:
    """As a set: on Spark a sensor that came later stands before _file_id."""
    return set(con.execute(f"select column_name, column_type from (describe raw.{name})").fetchall())


def _rows(con: Connection, name: str) -> list[tuple[Any, ...]]:
    columns = [column for column, _ in sorted(_columns(con, name)) if column != "landed_at"]
    quoted = ", ".join(f'"{column}"' for column in columns)
    rows = con.execute(f"select {quoted} from raw.{name} order by all").fetchall()
    return [tuple("NaN" if cell != cell else cell for cell in row) for row in rows]  # noqa: PLR0124 - NaN is not itself
