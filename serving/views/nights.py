"""Nights as people read them, with the pages and the runs that each has."""

from collections.abc import Sequence
from dataclasses import dataclass

from delivery.pages.files import report_name
from ml.wording import counted
from serving.published import TableRow
from serving.schemas.records import Night
from serving.views.frame import PageFrame
from settings import Settings

NIGHTS_A_PAGE = 60
PREDICTIONS_ASSET = "assets/ml/prediction_log"  # in Dagster's pages


@dataclass(frozen=True)
class NightLine:
    """A night with words for its drift and quality; `links`: label to address of what there is of it."""

    night: Night
    href: str
    drift: str
    quality: str
    links: dict[str, str]


@dataclass(frozen=True)
class NightsView:
    """A part of the nights. `unwell` says what is not well now, if anything."""

    rows: Sequence[NightLine]
    total: int
    unwell: str
    before: str
    after: str

    @property
    def headline(self) -> str:
        """How many there are."""
        told = counted(self.total, "night")
        return told[0].upper() + told[1:] + (", the latest first" if self.total > 1 else "")


@dataclass(frozen=True)
class NightView:
    """One night, and the columns that were judged of it, those that drifted apart."""

    row: NightLine
    columns: Sequence[TableRow]

    @property
    def drifted(self) -> Sequence[TableRow]:
        """Those that drifted or lost readings."""
        return [column for column in self.columns if column["drifted"] or column["missing_drifted"]]

    @property
    def steady(self) -> Sequence[TableRow]:
        """All others."""
        return [column for column in self.columns if not (column["drifted"] or column["missing_drifted"])]


def night_line(night: Night, settings: Settings, frame: PageFrame) -> NightLine:
    """A night in words."""
    drift = "not judged" if not night.drift_judged else "drifted" if night.drifted else "steady"
    quality = ""
    if night.quality is not None and night.quality_low is not None and night.quality_high is not None:
        fallen = ", fallen" if night.quality_fallen else ""
        quality = f"{night.quality:.2f} ({night.quality_low:.2f} to {night.quality_high:.2f}){fallen}"
    day = f"{night.as_of:%Y-%m-%d}"
    return NightLine(night, frame.page(f"nights/{day}"), drift, quality, _links(night, settings, frame))


def _links(night: Night, settings: Settings, frame: PageFrame) -> dict[str, str]:
    day = f"{night.as_of:%Y-%m-%d}"
    links = {"fleet": frame.page("fleet", night=day)} if night.machines else {}
    for kind, label in (("morning", "morning page"), ("drift", "drift report")):
        name = report_name(kind, night.as_of)
        if (settings.paths.report_dir / name).exists():
            links[label] = frame.page(f"reports/{name}")
    if base := settings.workspace.serving.dagster_url.rstrip("/"):
        links["in Dagster"] = f"{base}/{PREDICTIONS_ASSET}?view=partitions&partition={day}"
    return links
