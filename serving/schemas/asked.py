"""What-if questions and the crew's words, with what is answered to them."""

from datetime import datetime

from pydantic import Field, model_validator

from ingestion.feeds import VERDICTS
from serving.schemas.base import LONGEST_ID, Asked, Moment, Said, Text
from serving.schemas.records import MachineAnswer

MOST_QUESTIONS = 1000
Cell = float | Text | None


class WhatIfQuestion(Asked):
    """Either `rows` of features, or a `machine` as it stood last night with `changes` by column."""

    rows: list[dict[str, Cell]] | None = Field(None, min_length=1, max_length=MOST_QUESTIONS)
    machine: Text | None = None
    changes: dict[str, Cell] = Field(default_factory=dict)
    reasons: bool = Field(False, description="Tell why, which takes longer.")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "WhatIfQuestion":
        if (self.rows is None) == (self.machine is None):
            raise ValueError("send either rows, or a machine with changes")
        if self.rows is not None and self.changes:
            raise ValueError("changes belong to a machine, not to rows")
        return self


class WhatIf(MachineAnswer):
    """An answer to a row that may never have been; `machine_id` where it was one's."""

    machine_id: str | None = None


class WhatIfAnswers(Said):
    """The answers in the order of the rows, by one version; `as_of` is the night that a machine's row is of."""

    model_name: str
    model_version: str
    as_of: datetime | None
    horizon_hours: int
    predictions: list[WhatIf]


class FeedbackWord(Asked):
    """What the crew found on a machine's component; as in a file `PdM_feedback*.csv`."""

    machine: Text = Field(min_length=1, max_length=LONGEST_ID)
    component: Text = Field(min_length=1, max_length=200)
    verdict: Text = Field(max_length=50, description=f"One of {', '.join(VERDICTS)}.")
    note: Text = Field("", max_length=2000)
    at: Moment | None = Field(None, description="When it was found (UTC, or with a zone); by default now.")


class WaitingWord(Said):
    """A word of the crew's that stands in the drops folder, and that no published night has taken in yet."""

    machine_id: str
    component: str
    verdict: str
    note: str
    at: datetime
    file: str


class FeedbackTaken(Said):
    """Where the word landed. `case_opened_at`: the case it speaks of; None where no alert has named that component."""

    file: str
    at: datetime
    repeated: bool = Field(description="Whether this key had been used for the same word before.")
    case_opened_at: datetime | None
    told: str
