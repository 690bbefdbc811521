"""A small lie in a copy of the models, which the check that is named with it must notice."""

import hashlib
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from settings import ROOT
from tests.dbt.golden import check_golden

MODELS, MACROS = "dbt_project/models", "dbt_project/macros"


class Mutation(NamedTuple):
    """One exact text of one file, once there, replaced."""

    lie: str
    file: str
    text: str
    instead: str
    check: Callable[[Path, Path], None] = check_golden


def drawn(mutations: Sequence[Mutation], number: int) -> list[Mutation]:
    """As many of them, the same ones for as long as models and macros say the same."""
    text = hashlib.sha256()
    for path in sorted((ROOT / "dbt_project").rglob("*.sql")):
        text.update(path.read_bytes())
    return random.Random(text.digest()).sample(mutations, number)


def goes_red(mutation: Mutation, folder: Path) -> None:
    """Raises where its check, in a home in `folder`, passes or ends in anything but differences."""
    mutant = mutated(mutation, folder / "project")
    with pytest.raises(AssertionError) as red:
        mutation.check(folder / "night", mutant)
    assert "differences" in str(red.value), f"the mutant does not even build: {red.value}"


def is_about_the_models(mutation: Mutation) -> None:
    """Raises AssertionError where its text does not stand in its file once."""
    times = (ROOT / mutation.file).read_text().count(mutation.text)
    assert times == 1, f"{mutation.file} holds {mutation.text!r} {times} times, not once"


def mutated(mutation: Mutation, folder: Path) -> Path:
    """A copy of the dbt project in `folder` with the one text replaced."""
    is_about_the_models(mutation)
    shutil.copytree(ROOT / "dbt_project", folder / "dbt_project")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, folder / name)
    target = folder / mutation.file
    target.write_text(target.read_text().replace(mutation.text, mutation.instead))
    return folder
