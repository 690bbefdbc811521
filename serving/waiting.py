"""Words of the crew's that were given here and wait for their night: their files stand in the drops folder."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ingestion.feeds import VERDICTS
from ingestion.spelling import letters
from serving.feedback import FEEDBACK, HEADER, TOLD_HERE
from serving.problems import Problem
from serving.published import Published
from serving.schemas.asked import WaitingWord

LANDED = "landed_files"


def waiting_words(published: Published, drops: Path, machine: str | None = None) -> list[WaitingWord]:
    """Those of a machine, or of all, the latest first; none where the copy was published before it told what landed.

    A file that has landed waits until that is published. Raises Problem where the drops folder cannot be read.
    """
    if not published.has(LANDED):
        return []
    rows = published.rows(f"select file from {LANDED} where feed = ?", [FEEDBACK])
    landed = {str(row["file"]) for row in rows}
    try:
        files = [file for file in drops.iterdir() if TOLD_HERE.fullmatch(file.name) and file.name not in landed]
        found = [word for file in files for word in _words(file)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Problem(503, f"The drops folder cannot be read ({error.strerror}): allow it, and ask again.") from None
    chosen = [word for word in found if machine is None or word.machine_id == machine]
    return sorted(chosen, key=lambda word: (word.at, word.file), reverse=True)


def _words(file: Path) -> Iterator[WaitingWord]:
    """Of a file that has gone, or that somebody has written over, none."""
    try:
        lines = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))
        for at, machine, component, verdict, note in lines[1:] if lines[:1] == [list(HEADER)] else ():
            yield WaitingWord(
                machine_id=machine, component=component, verdict=_spelled(verdict), note=note,
                at=datetime.fromisoformat(at), file=file.name,
            )  # fmt: skip
    except (FileNotFoundError, ValueError, csv.Error):
        return


def _spelled(verdict: str) -> str:
    """As landing will have it, whatever its capitals, blanks and underscores."""
    return next((known for known in VERDICTS if letters(known) == letters(verdict)), verdict)
