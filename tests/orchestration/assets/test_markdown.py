"""What Dagster shows as Markdown is a table or a list of text, whatever machines, columns and files are called."""

import pandas as pd
from markdown_it import MarkdownIt

from orchestration.assets.markdown import markdown_list, markdown_table

CLICK = "[click](http://evil) ![](http://evil/x.png) <img src=x onerror=alert(1)> a|b `c` *d* www.evil.org"
GFM = MarkdownIt("commonmark", {"html": True}).enable(["table"])
ACTIVE = ("<a ", "<img", "<em>", "<code>", "<strong>", "<script", "onerror=alert(1)>")


def test_a_table_of_attacks() -> None:
    html = GFM.render(markdown_table(pd.DataFrame({CLICK: [CLICK, None], "ok": [0.5, float("nan")]})))
    assert not [tag for tag in ACTIVE if tag in html]
    assert (html.count("<th>"), html.count("<td>")) == (2, 4)
    assert "[click](http://evil)" in html


def test_a_list_of_attacks() -> None:
    html = GFM.render(markdown_list([CLICK, "two\n# lines", "# three", "- four"]))
    assert not [tag for tag in (*ACTIVE, "<h1>") if tag in html]
    assert (html.count("<li>"), html.count("<ul>")) == (4, 1)
