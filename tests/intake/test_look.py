"""A look at small folders of every shape, and at folders that nothing can be made of."""

from pathlib import Path

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


@pytest.mark.parametrize("name", sorted(HORRIBLE))
def test_a_horrible_folder_gets_a_page_and_a_reason(name: str, tmp_path: Path) -> None:
    found = look(HORRIBLE[name].write(tmp_path), "fleet")
    assert (found.text, HORRIBLE[name].none in found.why) == ("", True), found.why
    page = render_page(found, [("Look again.", "make intake")], "")
    assert "Nothing here can be landed yet" in page
    for file in found.files:
        assert not file.problem or file.problem in page.replace("&#39;", "'")
