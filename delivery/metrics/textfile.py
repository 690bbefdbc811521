"""The file of metrics: written whole or not at all, so that what the last success has said stands until the next."""

from pathlib import Path

from delivery.readers import write_for_readers
from settings import ROOT, Settings

MAIN_FLEET = "main"  # the root's own fleet has no folder to be called by


def fleet_label(settings: Settings) -> str:
    """What a fleet is called in metrics: the folder of its file."""
    return MAIN_FLEET if settings.project == ROOT else settings.project.name


def textfile_name(fleet: str) -> str:
    """The file's name: several fleets may write into one folder. node_exporter reads `*.prom` alone."""
    return f"nightshift_{fleet}.prom"


def textfile_folders(settings: Settings) -> list[Path]:
    """Where the file is written: beside the published copy, and where `metrics.textfile_folder` says."""
    more = settings.workspace.metrics.textfile_folder
    return [settings.paths.metrics, *([Path(more).expanduser()] if more else [])]


def write_textfile(text: str, folder: Path, name: str) -> Path:
    """Write the text so that nobody ever reads half of it; anybody may read it. Raises OSError and DiskFull."""
    return write_for_readers(folder, name, text)  # half written it is no `.prom`, and never taken for one


def served_metrics(settings: Settings) -> str:
    """What `/metrics` answers: the text that the last complete night has written; empty before the first."""
    path = settings.paths.metrics / textfile_name(fleet_label(settings))
    return path.read_text() if path.is_file() else ""
