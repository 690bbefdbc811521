"""Whatever a machine, a file or an error is called, it is shown and does nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from delivery.markup import chat, markdown, one_line

ATTACKS = [
    "[click](http://evil)", "![](http://evil/x.png)", "<http://evil>", "<img src=x onerror=alert(1)>",
    "*b* **b** _i_ __b__",
    "`code`", "~~gone~~", "# heading", "- item", "+ item", "1. item", "12) item", "| cell | cell |", "--- ", "===",
    "> quote",
    "&lt;script&gt;", "&#91;x&#93;(y)", "a\\", "\\[x](y)", "line\n\n# two", "http://evil", "www.evil.org", "a@evil.org",
    "<!channel> @here <@U123>", "[ref]: http://evil", "$x$", "\u202eevil\u202c", "zero\u200bwidth", "~~~", "```",
]  # fmt: skip
WORDS = [*"[]()!<>*_`~#-+=|\\&;:/.@$ 1ax\n\t\u202e", "http://", "www.", "&#42;"]
MARKUP = st.lists(st.sampled_from(WORDS)).map("".join)
GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def shown(text: str, where: str = "{}") -> str:
    """What a reader of `where`, with the text in it, sees; fails where anything but text comes of it."""
    seen = []

    def walk(tokens: list[Token] | None) -> None:
        for token in tokens or []:
            assert token.type in {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}, token
            seen.append(token.content if token.type in {"text", "text_special"} else "")
            walk(token.children)

    walk(GFM.parse(where.format(text)))
    return "".join(seen)


@pytest.mark.parametrize("attack", ATTACKS)
def test_markdown_shows_an_attack_letter_by_letter(attack: str) -> None:
    assert shown(markdown(attack)) == one_line(attack)


@given(MARKUP | st.text())
def test_markdown_shows_any_text_letter_by_letter(text: str) -> None:
    assert shown(markdown(text)) == one_line(text)
    assert shown(markdown(text), "before {} after") == f"before {one_line(text)} after".strip()


@given(MARKUP | st.text())
def test_no_autolink_is_left_for_those_who_make_one_of_bare_text(text: str) -> None:
    assert not re.search(r"(?<!\\)://|\bwww(?<!\\)\.|(?<!\\)@", markdown(text), re.IGNORECASE)


@given(st.lists(MARKUP, min_size=2, max_size=2))
def test_a_cell_stays_one_cell(cells: list[str]) -> None:
    table = f"| a | b |\n|---|---|\n| {markdown(cells[0])} | {markdown(cells[1])} |"
    tokens = [token.type for token in GFM.parse(table)]
    assert tokens.count("td_open") == 2
    assert not {"html_block", "fence", "heading_open"} & set(tokens)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_chat_finds_nothing_to_act_upon(attack: str) -> None:
    assert shown(chat(attack), "- machine {}: 50 %".removeprefix("- ")) == f"machine {chat(attack)}: 50 %"
    assert not set("<>@[]*`~|\\\u202e") & set(chat(attack))
    assert "://" not in chat(attack)
    assert not re.search(r"www\.", chat(attack))


@given(MARKUP | st.text())
def test_any_text_is_one_line_for_a_chat(text: str) -> None:
    assert len(f"x{chat(text)}".splitlines()) == 1
    assert shown(f"x {chat(text)}".replace("&", "&amp;")) == f"x {chat(text)}".strip()


@pytest.mark.parametrize(
    "name", ["press_01", "Line 3 / Pump-2", "comp1", "volt 24 h mean 170.1 V", "Müller & Söhne", "7"]
)
def test_ordinary_names_are_read_as_they_are(name: str) -> None:
    assert chat(name) == name
    assert shown(markdown(name)) == name
