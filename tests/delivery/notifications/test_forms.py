"""What a notice looks like to programs and to people."""

from datetime import datetime

import pandas as pd

from delivery.notifications.forms import markdown_body, payload
from delivery.notifications.notices import LISTED_ALERTS, new_alerts, night_not_scored

NIGHT = datetime(2025, 12, 31, 6)
CASE = "https://pages.example.org/machines/{machine}?night={night}&part={component}"


def line(count: int, case_url: str = CASE) -> dict[str, object]:
    rows = pd.DataFrame(
        {"machine_id": [f"m {number}" for number in range(count)], "alert": True,
         "failure_probability": [0.9 - number / 100 for number in range(count)], "predicted_component": "comp1",
         "recommended_action": "Inspect comp1"}
    )  # fmt: skip
    [told] = new_alerts(rows, set(), NIGHT, 24, case_url=case_url)
    return {"kind": told.kind, "key": told.key, "title": told.title, "text": told.text, "data": told.data, "at": "now"}


def test_each_alert_leads_to_its_case() -> None:
    found = markdown_body(line(2))
    first = "https://pages.example.org/machines/m%200?night=2025-12-31&part=comp1"
    assert found.splitlines()[0] == f"- machine m 0: 90 %, comp1. Inspect comp1. The case: [{first}]({first})"
    assert found.count("](https://") == 2
    body = payload(line(2))
    assert str(body["text"]).splitlines()[1].endswith(f"Inspect comp1. {first}")
    assert body["data"]["alerts"][1]["link"].startswith("https://pages.example.org/machines/m%201?")  # type: ignore[index]


def test_a_list_ends_before_what_is_more() -> None:
    told = markdown_body(line(LISTED_ALERTS + 3)).splitlines()
    assert len(told) == LISTED_ALERTS + 2
    assert told[-2:] == ["", "and 3 more: see the morning page."]
    assert told[-3].startswith("- ")
    assert told[-3].count("The case: [") == 1


def test_without_an_address_there_is_no_link() -> None:
    assert "](" not in markdown_body(line(1, case_url=""))
    assert "link" not in line(1, case_url="")["data"]["alerts"][0]  # type: ignore[index]


def test_other_notices_are_paragraphs() -> None:
    notice = night_not_scored(NIGHT, "No feed.")
    told = {"kind": notice.kind, "key": notice.key, "title": notice.title, "text": "One.\nTwo.", "data": notice.data}
    assert markdown_body(told) == "One.\n\nTwo."
