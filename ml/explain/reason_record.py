"""A reason as a record, and the two forms in which `predictions` tells a machine's reasons: text and JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Reason:
    """One physical subject's part in a risk.

    `subject` is a sensor, error code or component, `errors` or `machine`. `log_odds` is what it adds to the log-odds of
    any failure, rounded; `raises` is its sign. `words` hold the evidence, numbers of the mart's row.
    """

    subject: str
    raises: bool
    log_odds: float
    words: str


def reasons_as_text(reasons: Sequence[Reason]) -> str:
    """One line for people who read SQL: each reason signed by the way it pulls, parted by semicolons."""
    return "; ".join(f"{'+' if reason.raises else '-'} {reason.words}" for reason in reasons)


def reasons_as_json(reasons: Sequence[Reason]) -> str:
    """A JSON list of objects with the fields of `Reason`."""
    return json.dumps([asdict(reason) for reason in reasons], ensure_ascii=False)


def reasons_from_json(text: str) -> tuple[Reason, ...]:
    """What `reasons_as_json` wrote. Raises ValueError or TypeError for any other text."""
    return tuple(Reason(**record) for record in json.loads(text))
