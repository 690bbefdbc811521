"""A logged notice in the forms that it is sent in: JSON for programs, Markdown for what Apprise makes of it.

Apprise turns Markdown into what each service shows: HTML in an e-mail, mrkdwn in Slack, an adaptive card in Teams.
"""

from collections.abc import Mapping
from typing import Any

from delivery.notifications.notices import LISTED_ALERTS


def payload(line: Mapping[str, Any]) -> dict[str, object]:
    """The JSON to post: `text` is what chat webhooks show, the rest is for programs."""
    fields = {name: line[name] for name in ("kind", "key", "title", "data", "at")}
    told = [f"{text} {link}" if link else text for text, link in _linked(line)]
    return {"text": "\n".join([line["title"], *told]), **fields}


def markdown_body(line: Mapping[str, Any]) -> str:
    """The text below the title: alerts as a list, each with a link to its case; other lines as paragraphs."""
    out = ""
    for text, link in _linked(line):
        told = f"{text} The case: [{link}]({link})" if link else text  # told in full: plain text drops what is behind
        between = "\n" if text.startswith("- ") else "\n\n"
        out += (between if out else "") + told
    return out


def _linked(line: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The lines of the text, each with the link to the case that it tells of; empty where there is none."""
    texts = line["text"].split("\n")
    alerts = line["data"].get("alerts", [])[:LISTED_ALERTS]
    links = [str(alert.get("link", "")) for alert in alerts]
    return list(zip(texts, links + [""] * max(0, len(texts) - len(links)), strict=False))
