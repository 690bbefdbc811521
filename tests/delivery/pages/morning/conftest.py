"""The fleet that the morning's pages speak of."""

import pytest

from settings import Fleet, load_settings


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return load_settings().fleet
