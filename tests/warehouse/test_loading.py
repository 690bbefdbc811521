"""What is loaded is not looked through for garbage, and whatever was set before holds again."""

import gc

import pytest

from warehouse.loading import loading


@pytest.mark.parametrize("was_enabled", [True, False])
def test_nothing_is_looked_through_in_the_block_or_later(was_enabled: bool) -> None:
    is_enabled = gc.isenabled()
    try:
        (gc.enable if was_enabled else gc.disable)()
        frozen = gc.get_freeze_count()
        with loading():
            assert not gc.isenabled()
            kept = [[] for _ in range(10_000)]  # type: ignore[var-annotated]
        assert gc.isenabled() == was_enabled
        assert gc.get_freeze_count() >= frozen + len(kept)
    finally:
        (gc.enable if is_enabled else gc.disable)()


def test_an_error_leaves_it_as_it_was() -> None:
    with pytest.raises(ValueError, match="torn"), loading():
        raise ValueError("torn")
    assert gc.isenabled()
