"""What the gate says of a challenger: the words and figures that the registry keeps and pages repeat.

Apart from the gate itself, which loads all that judges models.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

CHALLENGER, CHAMPION, REFERENCE = "challenger", "champion", "reference"


@dataclass(frozen=True)
class Comparison:
    """Challenger against a rival on the same rows: in which share of the draws of machines it stood where.

    Draws without a failure say nothing of average precision; where all are such, both of its shares are NaN.
    """

    average_precision_below: float
    average_precision_above: float
    cost_above: float
    cost_below: float


@dataclass(frozen=True)
class Decision:
    """What the gate said, why, and on which figures: contender to name to value, all on the same rows.

    `leaks`: columns that look like the future, to their average precision alone. `trusted`: it beats every naive rule
    and has no such column. `reference`: the version that it was held against beside the champion, None where there was
    none; `becomes_reference`: those to come are held against this model. `compared`: rival to `Comparison`.
    """

    promoted: bool
    trusted: bool
    reason: str
    rows: int
    positives: int
    held_out_from: str
    held_out_until: str
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    leaks: Mapping[str, float] = field(default_factory=dict)
    reference: str | None = None
    becomes_reference: bool = False
    compared: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """The decision as JSON values, as the decision log keeps it."""
        return asdict(self)


def distrust(version: str, reason: str) -> str:
    """What every reader of a model's answers must know where the gate did not trust it."""
    return f"Model version {version} is not to be trusted yet. {reason}"
