"""A night's fleet: filtered, sorted, and so many machines a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from delivery.pages.files import report_name
from delivery.pages.morning.card import Card, cards_of
from delivery.pages.stakes import why_a_visit
from ml.models.windows import LOW_END
from ml.registry.thresholds import alert_thresholds
from ml.scoring.contract import RISK_LEVELS
from ml.wording import counted, distance_headline, headline, hours_in_words
from serving.front import Snapshot
from serving.published import Published
from serving.reads.nights import distrusted, nights
from serving.reads.predictions import SORTS, Chosen, count_predictions, prediction_frame
from serving.views.frame import PageFrame

MACHINES_A_PAGE = 100
TURNED = "turned"


@dataclass(frozen=True)
class FleetAsked:
    """What is asked of the page, as its address says it; empty where it does not matter."""

    q: str = ""
    level: str = ""
    component: str = ""
    kind: str = ""
    alerts: bool = False
    sort: str = "risk"
    dir: str = ""
    page: int = 1


@dataclass(frozen=True)
class FleetView:
    """`rows`: a card and the address of the machine's story. `kinds`: the models of machines, where there are some."""

    frame: PageFrame
    asked: FleetAsked
    as_of: datetime
    is_last: bool
    headline: str
    horizon: str
    warnings: Sequence[str]
    rows: Sequence[tuple[Card, str]]
    found: int
    total: int
    by_distance: bool
    timed: bool
    components: Sequence[tuple[str, str]]
    kinds: Sequence[str]
    morning: str
    why: str

    levels = RISK_LEVELS
    sorts = tuple(SORTS)

    @property
    def sort(self) -> str:
        """The column that the list is sorted by."""
        return self.asked.sort if self.asked.sort in SORTS else "risk"

    @property
    def turned(self) -> bool:
        """Whether its other end comes first."""
        return self.asked.dir == TURNED

    @property
    def filtered(self) -> bool:
        """Whether some machines are left out, or the night is not the last."""
        return self.found < self.total or not self.is_last

    @property
    def shown(self) -> str:
        """How many machines of how many, and which of them are on this page."""
        told = counted(self.found, "machine")
        of = f" of {self.total:,}" if self.found < self.total else ""
        which = f", {self._first + 1:,} to {self._first + len(self.rows):,}" if self.found > len(self.rows) else ""
        return f"{told[0].upper()}{told[1:]}{of}{which}, by {self.sort}."

    def sorted_by(self, name: str) -> str:
        """The address of the same list sorted by another column, or turned round."""
        turned = TURNED if name == self.sort and not self.turned else ""
        return self._address(sort=name, dir=turned, page=1)

    @property
    def before(self) -> str:
        """The address of the page before; empty on the first."""
        return self._address(page=self.asked.page - 1) if self.asked.page > 1 else ""

    @property
    def after(self) -> str:
        """The address of the page after; empty on the last."""
        more = self._first + len(self.rows) < self.found
        return self._address(page=self.asked.page + 1) if more else ""

    @property
    def _first(self) -> int:
        return (self.asked.page - 1) * MACHINES_A_PAGE

    def _address(self, **other: object) -> str:
        asked = vars(self.asked) | other
        night = "" if self.is_last else f"{self.as_of:%Y-%m-%d}"
        return self.frame.page("fleet", night=night, **{**asked, "alerts": "true" if self.asked.alerts else ""})


def fleet_view(
    published: Published, snapshot: Snapshot, as_of: datetime, asked: FleetAsked, frame: PageFrame
) -> FleetView:
    """The fleet of the night `as_of`."""
    settings = snapshot.settings
    fleet = settings.fleet
    chosen = Chosen(
        night=as_of, text=asked.q.strip(), level=asked.level, component=asked.component, kind=asked.kind,
        alerts=asked.alerts,
    )  # fmt: skip
    sort = asked.sort if asked.sort in SORTS else "risk"
    first = (asked.page - 1) * MACHINES_A_PAGE
    rows = prediction_frame(published, chosen, sort, asked.dir == TURNED, MACHINES_A_PAGE, first)
    workspace = settings.workspace
    told = cards_of(rows, fleet, workspace.training.remaining_coverage, workspace.economics)
    cards = {card.machine: card for card in told}
    night = f"{as_of:%Y-%m-%d}" if as_of != snapshot.last_night else ""
    listed = [(cards[name], frame.page("machine", id=name, night=night)) for name in map(str, rows["machine_id"])
              if name in cards]  # fmt: skip
    counts = _counts(published, as_of)
    by_distance = bool(counts["by_distance"])
    notes = [night.note for night in nights(published, 1, 0, as_of) if night.note]
    answered = published.rows("select distinct model_version from nightly_answers where as_of = ?", [as_of])
    versions = [row["model_version"] for row in answered]
    asked_from = alert_thresholds(settings.paths, workspace.mlflow, versions).values()
    morning = settings.paths.report_dir / report_name("morning", as_of)
    return FleetView(
        frame=frame, asked=asked, as_of=as_of, is_last=as_of == snapshot.last_night,
        headline=_headline(counts, as_of, fleet.horizon_hours), horizon=hours_in_words(fleet.horizon_hours),
        warnings=[*notes, *distrusted(published, versions)],
        why=why_a_visit(workspace.economics, asked_from) if counts["alerts"] else "",
        rows=listed, found=count_predictions(published, chosen), total=counts["machines"], by_distance=by_distance,
        timed=LOW_END in rows and any(card.when for card in cards.values()),
        components=[(name, fleet.component_label(name)) for name in fleet.components],
        kinds=[str(row["model"]) for row in published.rows(
            "select distinct model from machines where model is not null order by model limit 200")],
        morning=frame.page(f"reports/{morning.name}") if morning.exists() else "",
    )  # fmt: skip


def _counts(published: Published, as_of: datetime) -> dict[str, int]:
    told = "distance_from_normal" in published.tables["predictions"]
    distance = "count(distance_from_normal)" if told else "0"
    [row] = published.rows(
        f"""
        select count(*) as machines, count(*) filter (where alert) as alerts,
            count(*) filter (where risk_level = 'silent') as silent,
            count(*) filter (where risk_level = 'down') as down,
            count(*) filter (where risk_level = 'elevated') as elevated, {distance} as by_distance
        from nightly_answers where as_of = ?
        """,
        [as_of],
    )
    return row


def _headline(counts: dict[str, int], as_of: datetime, horizon_hours: int) -> str:
    if counts["by_distance"]:
        return distance_headline(counts["elevated"], counts["machines"], counts["silent"])
    told = headline(counts["alerts"], counts["machines"], counts["silent"], as_of, horizon_hours, counts["down"])
    return told if told.endswith(".") else f"{told}."
