"""What a waiting user sees of a long step: a bar that moves on a terminal, lines that say what is left in a log."""

import io

import pytest

from orchestration.progress import EVERY_SECONDS, Lines, shown_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_log_gets_a_line_now_and_then_with_the_time_left() -> None:
    out, clock = io.StringIO(), Clock()
    lines = Lines(out, clock)
    for done in range(11):
        lines("models fitted", done, 10)
        clock.now += 6
    assert out.getvalue().splitlines() == [
        "    models fitted: 3 of 10, about 42 s to go",
        "    models fitted: 6 of 10, about 24 s to go",
        "    models fitted: 9 of 10, about 6 s to go",
    ]
    lines("nights scored", 0, 3)  # the next work has a clock of its own
    clock.now += 10 * EVERY_SECONDS
    lines("nights scored", 1, 3)
    assert out.getvalue().splitlines()[-1] == "    nights scored: 1 of 3, about 5 min to go"


def test_what_is_done_in_a_moment_leaves_no_line() -> None:
    out = io.StringIO()
    with shown_on(out) as progress:
        for done in range(4):
            progress("nights scored", done, 3)
    assert out.getvalue() == ""


def test_a_terminal_gets_a_bar_that_moves_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    out = Terminal()
    with shown_on(out) as progress:
        progress("models fitted", 0, 2)
        progress.bar.mininterval = 0  # type: ignore[attr-defined]
        progress("models fitted", 1, 2)
        assert "models fitted: 1 of 2" in out.getvalue()
        assert out.getvalue().rstrip().endswith("to go")
        progress("nights scored", 0, 5)  # begun while the first was not told to its end
    assert "nights scored: 0 of 5" in out.getvalue()
    assert out.getvalue().rpartition("to go")[2].strip(" \r\n") == "", "the bar is wiped away"
