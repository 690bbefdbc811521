"""A look at small folders of every shape, and at folders that nothing can be made of."""

from pathlib import Path

import duckdb
import pytest

from intake.look import look
from intake.page import render_page
from tests.intake.shapes import HORRIBLE, SHAPES


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_shape_is_recognised_and_its_rows_can_be_used(name: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    found = look(shape.write(tmp_path), "fleet")
    assert found.why == ""
    assert {feed: found.looked.rows(feed) for feed in shape.rows} == shape.rows
    assert sum(one.unusable + one.unread for one in found.looked.files) == 0
    for key in shape.keys:
        assert key in found.text
    asked = " ".join(found.draft.asks)
    assert bool(asked) == bool(shape.asks), asked
    for words in shape.asks:
        assert words in asked


@pytest.mark.parametrize("name", ["Parquet with a zone", "offsets", "the zone by its name"])
def test_times_that_say_their_zone_are_taken_for_no_local_clock(name: str, tmp_path: Path) -> None:
    assert look(SHAPES[name].write(tmp_path), "fleet").tells_offsets


def test_a_time_that_cannot_be_read_costs_its_row(tmp_path: Path) -> None:
    rows = [
        f"{1 + hour // 24:02}.02.2026 {hour % 24:02}:00,P{machine},{hour}" for hour in range(60) for machine in (1, 2)
    ]
    (tmp_path / "readings.csv").write_text(
        "\n".join(["time,machine,count", *rows, "31.02.2026 00:00,P1,60", "soon,P1,61"])
    )
    found = look(tmp_path, "fleet")
    assert (found.why, found.looked.rows("telemetry"), found.looked.files[0].unusable) == ("", 120, 2)
    assert found.sensors[0].guess.kind == "counter"


def test_what_fails_within_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate")

    monkeypatch.setattr("intake.look.profile_of", fail)
    found = look(SHAPES["plain"].write(tmp_path), "fleet")
    assert "failed to allocate" in found.why
    assert "Nothing here can be landed yet" in render_page(found, [], "")


@pytest.mark.parametrize("name", sorted(HORRIBLE))
def test_a_horrible_folder_gets_a_page_and_a_reason(name: str, tmp_path: Path) -> None:
    found = look(HORRIBLE[name].write(tmp_path), "fleet")
    assert (found.text, HORRIBLE[name].none in found.why) == ("", True), found.why
    page = render_page(found, [("Look again.", "make intake")], "")
    assert "Nothing here can be landed yet" in page
    for file in found.files:
        assert not file.problem or file.problem in page.replace("&#39;", "'")
