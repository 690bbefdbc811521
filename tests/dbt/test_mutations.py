"""The check that is named with each must notice: every small lie in a copy of the models turns it red.

All of them take minutes and are slow; one is drawn for every run, others whenever the models change.
"""

from pathlib import Path

import pytest

from tests.dbt.mutations import events, kinds, labels, lives, readings, remaining, wear, windows
from tests.dbt.mutations.mutation import Mutation, drawn, goes_red, is_about_the_models

DRAWN = 1
MUTATIONS = (
    *readings.MUTATIONS,
    *windows.MUTATIONS,
    *events.MUTATIONS,
    *lives.MUTATIONS,
    *labels.MUTATIONS,
    *remaining.MUTATIONS,
    *kinds.MUTATIONS,
    *wear.MUTATIONS,
)
ALL = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.lie)


@pytest.mark.slow
@ALL
def test_goes_red(mutation: Mutation, tmp_path: Path) -> None:
    goes_red(mutation, tmp_path)


@pytest.mark.parametrize("mutation", drawn(MUTATIONS, DRAWN), ids=lambda mutation: mutation.lie)
def test_one_goes_red(mutation: Mutation, tmp_path: Path) -> None:
    goes_red(mutation, tmp_path)


@ALL
def test_is_still_about_the_models(mutation: Mutation) -> None:
    is_about_the_models(mutation)
