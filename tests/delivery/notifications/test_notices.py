"""What is told: only what is new, in one line a chat cannot mistake for a command, and the same thing under one key."""

from datetime import datetime
from typing import Any

import pandas as pd

from delivery.notifications.notices import (
    LISTED_ALERTS,
    alert_pairs,
    new_alerts,
    night_failed,
    night_not_scored,
    promotions,
)
from ml.explain.reason_record import Reason, reasons_as_json

AS_OF = datetime(2025, 3, 2, 6)


def answers(*rows: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["machine_id", "alert", "failure_probability", "predicted_component"]
    return pd.DataFrame(rows, columns=columns).assign(recommended_action="Replace comp1 within 24 h")


def test_only_alerts_that_were_none_before_are_told() -> None:
    before = answers(("1", True, 0.9, "comp1"), ("2", True, 0.9, "comp1"), ("3", False, 0.1, "comp1"))
    tonight = answers(
        ("1", True, 0.9, "comp1"), ("2", True, 0.4, "comp2"), ("3", True, 0.5, "comp1"), ("4", False, 0.99, "comp1"),
        ("5", None, None, None),
    )  # fmt: skip
    [notice] = new_alerts(tonight, alert_pairs(before), AS_OF, 24)
    assert [(a["machine"], a["component"]) for a in notice.data["alerts"]] == [("3", "comp1"), ("2", "comp2")]  # type: ignore[attr-defined]
    assert notice.title == "2 new alerts on 2025-03-02, to visit before 06:00 tomorrow"
    assert notice.text.splitlines()[0] == "- machine 3: 50 %, comp1. Replace comp1 within 24 h."
    assert new_alerts(before, alert_pairs(before), AS_OF, 24) == []


def test_an_alert_names_the_part_as_people_do_and_its_data_as_the_tables_do() -> None:
    [notice] = new_alerts(answers(("1", True, 0.5, "comp1")), set(), AS_OF, 24, {"comp1": "Main drive"}.__getitem__)
    assert notice.text.startswith("- machine 1: 50 %, Main drive. ")
    assert notice.data["alerts"][0]["component"] == "comp1"  # type: ignore[index]


def test_an_alert_tells_its_first_reason_and_its_data_all_that_raise_the_risk() -> None:
    reasons = [Reason("error4", True, 2.0, "error4 at 05:20 <@here>"), Reason("comp2", False, -1.0, "comp2 replaced"),
               Reason("volt", True, 1.0, "volt 24 h mean 190 V")]  # fmt: skip
    tonight = answers(("1", True, 0.5, "comp1")).assign(reason_records=reasons_as_json(reasons))
    [notice] = new_alerts(tonight, set(), AS_OF, 24)
    assert notice.text.endswith("Replace comp1 within 24 h. Why: error4 at 05:20 ‹＠here›.")
    assert notice.data["alerts"][0]["reasons"] == ["error4 at 05:20 <@here>", "volt 24 h mean 190 V"]  # type: ignore[index]
    [notice] = new_alerts(tonight.assign(reason_records=None), set(), AS_OF, 24)
    assert notice.text.endswith("Replace comp1 within 24 h.")


def test_the_same_alerts_have_one_key_and_others_another() -> None:
    rows = [("1", True, 0.9, "comp1"), ("2", True, 0.8, "comp2")]
    key = new_alerts(answers(*rows), set(), AS_OF, 24)[0].key
    moved = answers(("2", True, 0.95, "comp2"), rows[0])
    assert new_alerts(moved, set(), AS_OF, 24)[0].key == key
    for other in (answers(rows[0]), answers(rows[0], ("2", True, 0.8, "comp1"))):
        assert new_alerts(other, set(), AS_OF, 24)[0].key != key
    assert new_alerts(answers(*rows), set(), datetime(2025, 3, 3, 6), 24)[0].key != key


def test_a_long_list_is_cut_in_the_text_and_whole_in_the_data() -> None:
    many = answers(*((f"m{i}", True, 0.5, "comp1") for i in range(LISTED_ALERTS + 3)))
    [notice] = new_alerts(many, set(), AS_OF, 24)
    assert notice.text.count("- machine") == LISTED_ALERTS
    assert notice.text.endswith("and 3 more: see the morning page.")
    assert len(notice.data["alerts"]) == LISTED_ALERTS + 3  # type: ignore[arg-type]


def test_a_hostile_machine_commands_no_chat() -> None:
    name = "<!channel> @here\n<https://evil|x>" + "x" * 300
    [notice] = new_alerts(answers((name, True, 0.5, "comp1")), set(), AS_OF, 24)
    assert not set("<>@") & set(notice.text)
    assert len(notice.text.splitlines()) == 1
    assert len(notice.text) < 200
    assert notice.data["alerts"][0]["machine"] == name  # type: ignore[index]


def test_a_failure_says_where_why_and_what_to_do() -> None:
    notice = night_failed("nightly", "abc", "2025-03-02", "landing", "\nThe file is torn: copy it again.\nline two")
    assert notice.title == "The nightly run of 2025-03-02 failed at landing"
    assert notice.text.startswith("At landing: The file is torn: copy it again.\n")
    assert "line two" not in notice.text
    assert "run it again" in notice.text
    assert notice.key == night_failed("nightly", "abc", "", "other", "").key
    assert "ended without an error message" in night_failed("nightly", "abc", "", "", "").text


def test_an_unscored_night_says_why() -> None:
    assert night_not_scored(AS_OF, "No telemetry since Monday.").text.startswith("No telemetry since Monday. No mach")
    assert night_not_scored(AS_OF, "").text.startswith("No telemetry came: check the feed")


def decisions(*rows: dict[str, Any]) -> pd.DataFrame:
    columns = ["model_version", "decided_at", "promoted", "reason", "replaced", "trusted", "rolled_back_at"]
    return pd.DataFrame(list(rows), columns=columns)


def test_the_last_decision_and_the_last_rollback_are_told() -> None:
    first = {"model_version": "1", "decided_at": "2025-01-01T00:00:00", "promoted": True, "reason": "It is the first.",
             "trusted": True}  # fmt: skip
    second = {"model_version": "2", "decided_at": "2025-02-01T00:00:00", "promoted": True, "reason": "It is better.",
              "replaced": "1", "trusted": True}  # fmt: skip
    refused = second | {"model_version": "3", "decided_at": "2025-03-01T00:00:00", "promoted": False,
                        "reason": "Worse.", "replaced": "2"}  # fmt: skip
    assert promotions(decisions()) == []
    [told] = promotions(decisions(first))
    assert (told.title, told.text) == ("Model version 1 scores from now on", "It is the first.")
    [told] = promotions(decisions(first, second))
    assert told.title == "Model version 2 scores from now on instead of version 1"
    assert (told.data["promoted"], told.data["replaced"]) == (True, "1")
    [told] = promotions(decisions(refused, second, first))
    assert told.title == "Model version 3 was not promoted; version 2 goes on"
    assert told.key == promotions(decisions(first, second, refused))[0].key
    back = second | {"rolled_back_at": "2025-04-01T00:00:00"}
    assert [n.title for n in promotions(decisions(first, back, refused))] == [
        "Model version 3 was not promoted; version 2 goes on", "Model version 2 was rolled back"
    ]  # fmt: skip
    assert len({n.key for n in promotions(decisions(first, back))} | {promotions(decisions(first, second))[0].key}) == 2


def test_an_alert_says_when_where_that_is_known() -> None:
    tonight = answers(("1", True, 0.9, "comp1"), ("2", True, 0.8, "comp2"))
    when = {"1": "Likely before Sunday (80 % sure)"}
    [notice] = new_alerts(tonight, set(), AS_OF, 24, when=lambda row: when.get(str(row["machine_id"]), ""))
    first, second = notice.text.splitlines()
    assert first.endswith("Replace comp1 within 24 h. Likely before Sunday (80 % sure).")
    assert second.endswith("Replace comp1 within 24 h.")
    assert notice.data["alerts"][0]["when"] == when["1"]  # type: ignore[index]
