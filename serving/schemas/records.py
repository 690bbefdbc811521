"""What nights, cases and the gate have on record, as JSON tells it."""

from datetime import datetime

from pydantic import Field

from serving.schemas.base import Probability, Said


class ToldReason(Said):
    """A physical thing's part in a risk: its words, and what it adds to the log-odds of any failure."""

    subject: str
    raises: bool
    log_odds: float
    words: str


class RemainingHours(Said):
    """Hours until the failure; None where an end lies beyond what is told."""

    low: float | None
    median: float | None
    high: float | None


class MachineAnswer(Said):
    """What a model says of one machine; None of one that is silent or down."""

    failure_probability: Probability | None
    component_probabilities: dict[str, Probability | None]
    further_horizons: dict[str, Probability | None] = Field(description="By hours: any failure within so many.")
    remaining_hours: RemainingHours | None
    predicted_component: str | None
    alert: bool
    risk_level: str
    recommended_action: str | None
    reasons: list[ToldReason] = Field(default_factory=list)


class Prediction(MachineAnswer):
    """A row of `predictions`: what a night said of a machine."""

    machine_id: str
    as_of: datetime
    horizon_hours: int
    distance_from_normal: float | None = Field(None, description="In standard deviations, before there is a model.")
    model_name: str
    model_version: str
    features_hash: str | None
    scored_at: datetime | None


class Case(Said):
    """A row of `alert_episodes`: alerts on one component of a machine, and what came of them."""

    machine_id: str
    component: str
    opened_at: datetime
    last_alert_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    nights: int
    highest_probability: Probability | None
    failed_at: datetime | None
    replaced_at: datetime | None
    lead_hours: float | None
    verdict: str
    crew_verdict: str | None
    crew_note: str | None
    crew_at: datetime | None


class Event(Said):
    """What happened to a machine: an `error` of a code, a `failure` or a `replacement` of a component."""

    happened_at: datetime
    kind: str
    subject: str


class MachineStory(Said):
    """A machine's last weeks, as they are known now; `nights` begin with the latest."""

    machine_id: str
    model: str | None
    age: float | None
    nights: list[Prediction]
    cases: list[Case]
    events: list[Event]


class Night(Said):
    """A row of `nights` (`NightStatus`), with that of `drift_nights` where the night was judged."""

    as_of: datetime
    status: str
    note: str
    machines: int
    silent: int
    alerts: int
    newest_reading_at: datetime | None
    model_version: str
    drift_judged: bool | None = None
    drifted: bool | None = None
    drift_summary: str | None = None
    quality: float | None = Field(None, description="Average precision on matured answers.")
    quality_low: float | None = None
    quality_high: float | None = None
    quality_fallen: bool | None = None


class Health(Said):
    """Whether the last night was scored, and on data up to when."""

    status: str = Field(description="ok, or what is not.")
    night: datetime | None
    data_until: datetime | None
    published: str | None
    champion: str | None


class GateVerdict(Said):
    """What the gate said of the champion; `figures` by contender."""

    decided_at: str | None
    promoted: bool
    trusted: bool
    reason: str
    replaced: str | None
    figures: dict[str, dict[str, float | None]]


class ChampionCard(Said):
    """The model that scores now: its card, the features that a what-if names, and the gate's verdict."""

    name: str
    version: str
    run_id: str
    features: list[str]
    words: list[str] = Field(description="The features that are words; all others are numbers.")
    threshold: float
    horizon_hours: int
    further_horizons: list[int]
    trained_from: str
    trained_until: str
    feature_set: str
    fingerprint: str
    gate: GateVerdict | None
