"""What is done beside another step: awaited, given out once, and never in anybody's way."""

import gc
import threading

import pytest

from orchestration.meanwhile import begin, begun, loaded_meanwhile


def test_what_is_loaded_is_there_when_the_block_is_over() -> None:
    may_load, loaded = threading.Event(), []

    def load() -> None:
        assert may_load.wait(60)
        loaded.append(threading.current_thread())

    with loaded_meanwhile(load):
        assert loaded == []  # the block goes on beside it
        may_load.set()
    assert loaded != [threading.current_thread()]
    assert len(loaded) == 1
    assert gc.isenabled()


def test_what_cannot_be_loaded_is_no_error_here_and_the_block_s_own_error_is() -> None:
    def load() -> None:
        raise ImportError("torn")

    with loaded_meanwhile(load):
        pass
    with pytest.raises(ValueError, match="its own"), loaded_meanwhile(load):
        raise ValueError("its own")


def test_what_was_begun_is_given_out_once_and_to_its_own_run_alone() -> None:
    begin("run", lambda: "made")
    assert begun("another") is None
    assert begun("run") == "made"
    assert begun("run") is None
    begin("run", lambda: "made")
    begin("next", lambda: "of the next")
    assert begun("run") is None
    assert begun("next") == "of the next"


def test_what_failed_counts_as_not_begun() -> None:
    begin("run", lambda: 1 / 0)
    assert begun("run") is None
