"""Text on its way into markup: what came from files and errors stays text, in Markdown and in a chat.

HTML is escaped by Jinja itself (`delivery.pages.templating`).
"""

import re
import unicodedata

# Where a backslash stands before a punctuation mark, CommonMark shows the mark and does nothing with it.
_MARKDOWN = re.compile(
    r"[\\`*_\[\]|~@$]"  # code, emphasis, links, cells, strikes, addresses, formulas
    r"|:(?=//)|(?<=\bwww)\.|(?<=\bmailto):"  # what is made a link without being asked
    r"|^[#+=-](?=[\s#+=-]|$)",  # headings, lists and rules
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Chats know no common escape, so what they act upon is shown by a mark that looks like it.
_LOOKALIKES = str.maketrans(
    {"<": "‹", ">": "›", "@": "＠", "[": "［", "]": "］", "*": "∗", "`": "ˋ", "~": "∼", "|": "¦", "\\": "＼"}
)
_OUTER_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINKS = re.compile(r":(?=//)|(?<=\bwww)\.|(?<=\bmailto):", re.IGNORECASE)


def one_line(text: object) -> str:
    """A value on one line, without characters that nobody sees (controls, marks that turn the direction of writing)."""
    plain = "".join(mark if mark.isspace() or not _unseen(mark) else "" for mark in str(text))
    return re.sub(r"\s+", " ", plain).strip()


def markdown(text: object) -> str:
    """A value as Markdown that shows it letter by letter: no link, picture, heading, list, table cell, code or HTML."""
    escaped = one_line(text).translate(_ENTITIES)
    return _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(lambda mark: "\\" + mark[0], escaped))


def chat(text: object) -> str:
    """A value as one line in which a chat finds no command, mention, link or formatting; read by people alike."""
    shown = _OUTER_UNDERSCORE.sub("ˍ", _ENTITY.sub("＆", one_line(text)).translate(_LOOKALIKES))
    return _LINKS.sub(lambda found: "․" if found[0] == "." else "∶", re.sub(r"^(\s*)#", r"\1＃", shown))


def _unseen(mark: str) -> bool:
    return unicodedata.category(mark) in {"Cc", "Cf", "Co", "Cs"}
