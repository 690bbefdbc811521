"""A fleet whose data reach this very hour, and a clock that strikes soon: for a daemon that runs a real night."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from settings import ROOT
from simulator import FleetSpec, simulate, write_drops

MACHINES, DAYS = 12, 64
TRAINING_MINUTES = 7  # that pass at most before the night may strike
# A training of seconds; life.quick has it for settings in one process.
QUICK = {
    "training": {"iterations": 25, "learning_rate": 0.2, "folds": 2, "fold_nights": 10},
    "evaluation": {"holdout_nights": 10, "resamples": 20},
    "replay": {"nights": 3},
    "drift": {"min_rows": 24},
}


class FleetOfToday:
    """A fleet in a folder of its own; `hour` is its scoring hour, one that is just beginning or under way."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.drops = folder / "fleet", folder / "drops"
        self.hour = (datetime.now(UTC) + timedelta(minutes=TRAINING_MINUTES)).hour
        self.night = (datetime.now(UTC) + timedelta(minutes=TRAINING_MINUTES)).date()
        self.as_of = datetime.combine(self.night, datetime.min.time()) + timedelta(hours=self.hour)
        self._whole = folder / "whole"
        begin = self.night - timedelta(days=DAYS - 1)
        write_drops(simulate(FleetSpec(machines=MACHINES, days=DAYS, start=begin, seed=5)), self._whole)
        self.drops.mkdir()
        self.strikes_at(0)

    def deliver(self, name: str, since: datetime, until: datetime) -> None:
        """Drop the rows of (since, until], as files of their own."""
        for path in self._whole.glob("*.csv"):
            with path.open(newline="") as file:
                head, *rows = csv.reader(file)
            if "datetime" in head:
                at = head.index("datetime")
                rows = [row for row in rows if since < datetime.fromisoformat(row[at]) <= until]
            with (self.drops / f"{path.stem}_{name}.csv").open("w", newline="") as file:
                csv.writer(file).writerows([head, *rows])

    def deliver_history(self) -> None:
        """Everything up to the night before."""
        self.deliver("history", datetime.min, self.as_of - timedelta(days=1))

    def deliver_tonight(self) -> None:
        """What has come since then."""
        self.deliver("tonight", self.as_of - timedelta(days=1), self.as_of)

    def strikes_at(self, minute: int) -> None:
        """Let the nightly schedule strike at that minute past the scoring hour."""
        own = {
            "name": "today", "profile": "nightshift",
            "flags": {"indirect_selection": "buildable", "send_anonymous_usage_stats": False},
            "dispatch": [{"macro_namespace": "dbt", "search_order": ["nightshift", "dbt"]}],
            "unit_tests": {"nightshift": {"+enabled": False}},
            "vars": {"scoring_hour": self.hour, "settings": {**QUICK, "schedules": {"nightly_minute": minute}}},
        }  # fmt: skip
        if not self.folder.exists():
            self.folder.mkdir()
            (self.folder / "profiles.yml").symlink_to(ROOT / "profiles.yml")
            (self.folder / "packages.yml").write_text(f"packages: [{{local: {ROOT}}}]\n")
        (self.folder / "dbt_project.yml").write_text(yaml.safe_dump(own, sort_keys=False, allow_unicode=True))

    def next_minute(self) -> int:
        """The first minute of the scoring hour for which a daemon has time to begin."""
        earliest = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=2)
        assert earliest < self.as_of + timedelta(hours=1), "the training took too long: run again"
        return 0 if earliest < self.as_of else earliest.minute
