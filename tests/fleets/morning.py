"""A shipped fleet from files to a morning, with a model or without one."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ingestion import LandingSummary, land
from ml.mart.nights import as_of_night, nights_to_replay
from settings import ROOT, Settings, load_settings
from settings.fleet_file import fleet_vars
from settings.mapping import with_lookup_paths
from steps.score import score_nights
from steps.train import TrainingOutcome, train_challenger
from tests.dbt.dbt_kit import Nightshift
from tests.orchestration.life import quick
from warehouse.connection import open_warehouse


@dataclass(frozen=True)
class Morning:
    """A fleet whose files have landed, been built, and told on its last night."""

    settings: Settings
    landing: LandingSummary

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.settings, read_only=True) as con:
            return con.execute(query).fetchall()


def made(name: str, folder: Path, drops: Path | None = None) -> Morning:
    """`fleets/name` in a home below `folder`, of its own sample or of `drops`."""
    project, home = ROOT / "fleets" / name, folder / "home"
    known = with_lookup_paths(fleet_vars(ROOT, project).known, project)
    workspace = Nightshift(folder, known)
    env = {
        "DBT_PROJECT_DIR": str(project),
        "NIGHTSHIFT_HOME": str(home),
        "NIGHTSHIFT_DROPS": str(drops or project / "sample"),
    }
    settings = load_settings(ROOT, env)
    landing = land(settings.paths.drops, settings.paths.warehouse, settings.fleet)
    workspace.dbt("run", "--exclude", "path:dbt_project/models/outcomes")
    night = Morning(settings, landing)
    _tell(night)
    return night


def answered_by_a_model(night: Morning, fold_nights: int = 10) -> TrainingOutcome:
    """Train in seconds on the morning's tables, and let the champion answer the held-out nights and the last one.

    `fold_nights`: of each of the two folds; where little fails they must be long.
    """
    settings = quick(night.settings)
    longer = settings.workspace.training.model_copy(update={"fold_nights": fold_nights, "history_days": 1000})
    workspace = settings.workspace.model_copy(update={"training": longer})
    outcome = train_challenger(settings.model_copy(update={"workspace": workspace}))
    assert outcome.trained
    split = outcome.trained.split
    held_out = (split.holdout_end - split.holdout_start).days
    score_nights(night.settings, [split.holdout_start + timedelta(days=1 + day) for day in range(held_out)])
    _tell(night)
    return outcome


def _tell(night: Morning) -> None:
    hour = night.settings.fleet.scoring_hour
    with open_warehouse(night.settings, read_only=True) as con:
        [last] = nights_to_replay(con, hour, 1)
    score_nights(night.settings, [as_of_night(last, hour)])
