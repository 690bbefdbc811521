"""The metrics of a night as its last step: read the published copy, render, write the textfile."""

from collections.abc import Mapping

from delivery.metrics.exposition import exposition
from delivery.metrics.figures import Gauge, published_figures, step_figures
from delivery.metrics.textfile import fleet_label, textfile_folders, textfile_name, write_textfile
from delivery.publishing.snapshots import PUBLISHED_DATABASE
from settings import Settings
from warehouse.connection import connect

READ_WITHIN_SECONDS = 5.0  # a reader that has the published file open in another way must not keep a night


def write_metrics(settings: Settings, seconds: Mapping[str, float], run_seconds: float | None = None) -> list[str]:
    """Write the textfile into each of its folders; returns a sentence for each that could not be written.

    `seconds`: what each step of the run took, by its name. Never raises: a night is no worse for not being watched, and
    what could not be written stays as the last night has left it.
    """
    try:
        fleet = fleet_label(settings)
        text = exposition([*_figures(settings), *step_figures(seconds, run_seconds)], fleet)
    except Exception as error:
        return [f"The metrics could not be made: {_told(error)}"]
    problems = []
    for folder in textfile_folders(settings):
        try:
            write_textfile(text, folder, textfile_name(fleet))
        except Exception as error:
            problems.append(f"The metrics could not be written into {folder}: {_told(error)}")
    return problems


def _figures(settings: Settings) -> list[Gauge]:
    path = settings.paths.published / PUBLISHED_DATABASE
    with connect(path, read_only=True, wait_seconds=READ_WITHIN_SECONDS) as con:
        return published_figures(con, settings.workspace.retraining.sustained_nights)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
