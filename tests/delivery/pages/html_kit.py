"""A page read as a browser does, and text that must not reach it as markup."""

import re
from html.parser import HTMLParser

VOID = {"meta", "rect", "line", "polyline", "path", "br", "link", "img", "input"}
HOSTILE = ["<script>alert(1)</script>", "'; drop table x; --", 'a,"b"', "x" * 300, "\u202eevil", "a & b", "{{ 7*7 }}"]


class Page(HTMLParser):
    """Collects tags and text, and insists that every tag is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        assert self.open == []
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
