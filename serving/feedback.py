"""What the crew found, as a drop file that the next night lands: whole or not there, once, and checked as landing."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from delivery.markup import one_line
from ingestion.trial_landing import rejected_in_trial
from serving.problems import Problem
from serving.published import Published
from serving.reads.cases import case_at, machine_facts
from serving.schemas.asked import FeedbackTaken, FeedbackWord
from settings import Fleet, Settings
from warehouse.folder_lock import folder_lock

FEEDBACK = "feedback"
HEADER = ("datetime", "machineID", "comp", "verdict", "note")
# Files that have been made here. What lands last has the word, and files land in the order of their names: they begin
# with when it was told, but for those of earlier versions.
TOLD_HERE = re.compile(r"PdM_feedback_(\d{8}T\d{12}_)?[0-9a-f]{24}\.csv")
SHORTEST_KEY, LONGEST_KEY = 8, 200
NEXT_NIGHT = "It stands in the drops folder, and in its case after the next night."
NO_CASE = "No alert has named that component by then: it will stand in the table unmatched_feedback."


@dataclass(frozen=True)
class CrewWord:
    """A row of the feed, as it is written. `at` is naive UTC, to the second."""

    at: datetime
    machine: str
    component: str
    verdict: str
    note: str

    @property
    def text(self) -> str:
        """The file's content."""
        out = io.StringIO()
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(HEADER)
        lines.writerow([f"{self.at:%Y-%m-%d %H:%M:%S}", self.machine, self.component, self.verdict, self.note])
        return out.getvalue()


def take_feedback(
    asked: FeedbackWord, key: str, settings: Settings, published: Published, now: datetime
) -> FeedbackTaken:
    """Drop a word under an idempotency key; a key that was used for the very same word changes nothing.

    `now` is naive UTC. Raises Problem for an unknown machine or component, for what landing would reject, for a key
    that was used for another word, and where the files of this fleet have another form.
    """
    _require_key(key)
    fleet = settings.fleet
    if fleet.mapping is not None and FEEDBACK in fleet.mapping.feeds:
        raise Problem(
            409, f"This fleet's feedback comes in files of its own form (vars.mapping.{FEEDBACK}): drop it there."
        )
    word = _word(asked, fleet, published, now)
    digest = sha256(key.encode()).hexdigest()[:24]
    name = f"PdM_feedback_{now:%Y%m%dT%H%M%S%f}_{digest}.csv"
    with _checked_file(settings.paths.drops, name, word, fleet) as (partial, fresh):
        final = next(fresh.parent.glob(f"PdM_feedback_*{digest}.csv"), fresh)
        repeated = _settle(partial, final, word, timed=asked.at is not None)
    said = _said_at(final) if repeated else word.at
    case = case_at(published, word.machine, word.component, said)
    told = NEXT_NIGHT if case else f"{NEXT_NIGHT} {NO_CASE}"
    opened = case.opened_at if case else None
    return FeedbackTaken(file=final.name, at=said, repeated=repeated, case_opened_at=opened, told=told)


def component_of(text: str, fleet: Fleet) -> str | None:
    """The component that people call so, by its identifier or its label; None where there is none."""
    named = {fleet.component_label(name): name for name in fleet.components} | {name: name for name in fleet.components}
    return named.get(text.strip())


def _word(asked: FeedbackWord, fleet: Fleet, published: Published, now: datetime) -> CrewWord:
    if machine_facts(published, asked.machine) is None:
        raise Problem(422, f"There is no machine {asked.machine!r} on record.")
    component = component_of(asked.component, fleet)
    if component is None:
        raise Problem(422, f"There is no component {asked.component!r}: name one of {', '.join(fleet.components)}.")
    at = (asked.at or now).replace(microsecond=0)
    return CrewWord(at, asked.machine, component, asked.verdict, one_line(asked.note))


def _require_key(key: str) -> None:
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Problem(
            400,
            f"Send a key of {SHORTEST_KEY} to {LONGEST_KEY} characters of your own in the header Idempotency-Key: the "
            "same word sent again under it counts once.",
        )


@contextmanager
def _checked_file(drops: Path, name: str, word: CrewWord, fleet: Fleet) -> Iterator[tuple[Path, Path]]:
    """The word as a file that landing does not see yet, in the locked drops folder, and where it is to stand."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            trial = Path(folder) / name
            trial.write_text(word.text, encoding="utf-8")
            if rejected := rejected_in_trial(trial, FEEDBACK, fleet):
                raise Problem(422, rejected[0])
        partial = drops / f".{name}.{os.getpid()}.partial"
        with folder_lock(drops):
            try:
                with partial.open("w", encoding="utf-8", newline="") as file:
                    file.write(word.text)
                    file.flush()
                    os.fsync(file.fileno())
                yield partial, drops / name
            finally:
                partial.unlink(missing_ok=True)
    except OSError as error:
        told = f"The drops folder cannot be written to ({error.strerror}): allow it, and send the same key again."
        raise Problem(503, told) from None


def _settle(partial: Path, final: Path, word: CrewWord, timed: bool) -> bool:
    """Give the file its name; returns whether it had been there, which must have been for the same word."""
    if not final.exists():
        partial.replace(final)
        return False
    before = final.read_text(encoding="utf-8")
    same = before if timed else _without_time(before)
    if same != (word.text if timed else _without_time(word.text)):
        raise Problem(422, "That Idempotency-Key was used for another word: take a new one for this.")
    return True


def _without_time(text: str) -> list[list[str]]:
    return [row[1:] for row in csv.reader(io.StringIO(text))]


def _said_at(file: Path) -> datetime:
    [_, row] = csv.reader(io.StringIO(file.read_text(encoding="utf-8")))
    return datetime.fromisoformat(row[0])
