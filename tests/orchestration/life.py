"""A workspace's first weeks as a process that may be killed: `python -m tests.orchestration.life DAYS [LAST [lean]]`.

DAYS are the files, LAST is the last phase, lean leaves out the marts of other scenarios. Run in the environment of one
workspace. Phases follow each other; a phase that was cut off is run again by the next call, as an operator or a
scheduler would. Each phase that begins is told on standard output.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from orchestration.assets import training
from orchestration.commands.run import run_job
from orchestration.runs.instance import workspace_instance
from settings import Settings, load_settings

FIRST_DAY, DAYS, NIGHTS = date(2025, 1, 1), 64, 3
LEAN = "lean"
LAST_BUILT = FIRST_DAY + timedelta(days=DAYS - NIGHTS)


@dataclass(frozen=True)
class Phase:
    """A job and the days whose files have been delivered when it begins."""

    name: str
    job: str
    delivered_until: date
    night: date | None = None


def phases() -> Iterator[Phase]:
    """Build and train on history, then night after night, and the last night once more."""
    yield Phase("build", "build", LAST_BUILT)
    yield Phase("train", "train", LAST_BUILT)
    for back in reversed(range(NIGHTS)):
        night = FIRST_DAY + timedelta(days=DAYS - 1 - back)
        yield Phase(f"night {night}", "nightly", night, night)
    yield Phase("again", "nightly", night, night)


def quick(settings: Settings) -> Settings:
    """The settings with a training of seconds."""
    training = {"iterations": 25, "learning_rate": 0.2, "folds": 2, "fold_nights": 10}
    held_out = {"holdout_nights": 10, "resamples": 20}
    replay = {"nights": NIGHTS}
    drift = {"min_rows": 24}
    workspace = settings.workspace
    return settings.model_copy(
        update={
            "workspace": workspace.model_copy(
                update={
                    "training": workspace.training.model_copy(update=training),
                    "evaluation": workspace.evaluation.model_copy(update=held_out),
                    "replay": workspace.replay.model_copy(update=replay),
                    "drift": workspace.drift.model_copy(update=drift),
                }
            )
        }
    )


def main(prepared: Path, last: str = "again", marts: str = "") -> None:
    if marts == LEAN:  # they are DuckDB's on every engine, so that they say nothing of another
        vars(training)["scenario_marts"] = lambda *_: nullcontext({})
    settings = quick(load_settings())
    diary = settings.paths.home / "finished_phases.txt"
    diary.parent.mkdir(parents=True, exist_ok=True)
    diary.touch()
    for phase in phases():
        if phase.name in diary.read_text().splitlines():
            continue
        print(phase.name, flush=True)
        _deliver(prepared, settings.paths.drops, phase.delivered_until)
        with workspace_instance() as instance:
            run_job(settings, instance, phase.job, nights=[phase.night] if phase.night else None)
        with diary.open("a") as file:
            file.write(f"{phase.name}\n")
        if phase.name == last:
            return


def _deliver(prepared: Path, drops: Path, until: date) -> None:
    """Put the files of the days before `until` into the drops, and those of its first hours; whole or not at all."""
    drops.mkdir(parents=True, exist_ok=True)
    for path in prepared.iterdir():
        day = path.name.rpartition("_")[2].partition(".")[0]
        if day <= str(until) or not day[0].isdigit():  # a register is of no day
            partial = drops / f".{path.name}.partial"
            shutil.copy(path, partial)
            partial.replace(drops / path.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
