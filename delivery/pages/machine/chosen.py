"""Which machines of a night have a page of their own, and in which file: no night writes a page for every machine."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.scoring.contract import DOWN, ELEVATED, SILENT
from settings import Fleet

PLAIN_LETTERS, DIGEST_LETTERS = 40, 12
PAGE_FILE = re.compile(rf"\.?[a-z0-9-]+-[0-9a-f]{{{DIGEST_LETTERS}}}\.html(\.partial)?")


@dataclass(frozen=True)
class MachinePages:
    """The night's pages: machine to address beside the morning page; `note` says who has one, and why no other."""

    links: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


NO_PAGES = MachinePages()


def machines_with_pages(answers: pd.DataFrame, most: int) -> list[str]:
    """The machines that have a page, at most `most`: alerts, then elevated, silent, down, then those told reasons.

    Within each by falling probability or distance, then by name. `answers`: a night's rows of `predictions`.
    """
    if answers.empty:
        return []
    level, alert = answers["risk_level"], answers["alert"].eq(True).to_numpy(dtype=bool, na_value=False)
    levels = ((level == one).to_numpy(dtype=bool) for one in (ELEVATED, SILENT, DOWN))
    groups: list[NDArray[np.bool_]] = [alert, *levels, answers["reasons"].fillna("").ne("").to_numpy()]
    ranks = pd.DataFrame({
        "machine": answers["machine_id"].astype(str),
        "group": np.argmax([*groups, np.ones(len(answers), dtype=bool)], axis=0),
        "probability": -_numbers(answers, "failure_probability"),
        "distance": -_numbers(answers, "distance_from_normal"),
    })  # fmt: skip
    ranks = ranks[ranks["group"] < len(groups)].sort_values(["group", "probability", "distance", "machine"])
    return ranks["machine"].drop_duplicates().head(most).tolist()


def pages_note(pages: int, machines: int, most: int, fleet: Fleet) -> str:
    """Who has a page, as the morning page says it."""
    if not pages:
        return ""
    return (
        "A name that is a link leads to the machine's own page: its sensors, errors, replacements, alerts and risk "
        f"over the last weeks. {pages} of {machines} machines have one: alerts first, then elevated, silent and down "
        f"ones, then those with reasons, at most {most} a night (pages.machines in {fleet.settings_place})."
    )


def page_file(machine: str) -> str:
    """The file name of a machine's page: letters and digits of its id to read, a digest so that no two are alike."""
    folded = unicodedata.normalize("NFKD", machine).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", folded)[:PLAIN_LETTERS].strip("-") or "machine"
    return f"{plain}-{sha256(machine.encode('utf-8', 'surrogatepass')).hexdigest()[:DIGEST_LETTERS]}.html"


def page_links(machines: Sequence[str], folder: str) -> dict[str, str]:
    """Machine to the address of its page in `folder`, which stands beside the morning page."""
    return {machine: f"{folder}/{page_file(machine)}" for machine in machines}


def remove_pages(reports: Path, folder: str, keep: Collection[str]) -> list[str]:
    """Remove the machines' pages of `folder` (and what a kill left of one) but the files `keep`; returns their names.

    Other files stay; the folder goes once it is empty.
    """
    gone = []
    for path in sorted((reports / folder).iterdir()) if (reports / folder).is_dir() else ():
        if PAGE_FILE.fullmatch(path.name) and path.name not in keep:
            path.unlink()
            gone.append(f"{folder}/{path.name}")
    with suppress(OSError):  # not there, or not empty
        (reports / folder).rmdir()
    return gone


def _numbers(answers: pd.DataFrame, column: str) -> "pd.Series[float]":
    if column not in answers:
        return pd.Series(np.nan, index=answers.index)
    return pd.to_numeric(answers[column])
