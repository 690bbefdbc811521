"""Receivers by names that say nothing of their addresses."""

from delivery.notifications.targets import Target, secrets_of, targets_of
from settings import load_settings

SLACK = "slack://T1JJ3T3L2/A1BRTD4JDabc/TIiajkdnlazkcOXrIdevi7FQ/#maintenance"


def test_the_webhook_and_each_service_once() -> None:
    env = {"NIGHTSHIFT_WEBHOOK": "https://chat.example.org/x", "NIGHTSHIFT_SERVICES": f"{SLACK} mailtos://a\n{SLACK}"}
    found = targets_of(load_settings(env=env))
    assert [target.name.partition("-")[0] for target in found] == ["webhook", "slack", "mailtos"]
    assert len({target.name for target in found}) == 3
    assert targets_of(load_settings(env={})) == []
    assert SLACK not in repr(found)
    assert not any(secret in target.name for target in found for secret in secrets_of(target))


def test_a_name_does_not_depend_on_the_others() -> None:
    one, two = ({"NIGHTSHIFT_SERVICES": value} for value in (SLACK, f"mailtos://a {SLACK}"))
    assert targets_of(load_settings(env=one))[-1].name == targets_of(load_settings(env=two))[-1].name


def test_tokens_are_secrets_and_words_are_not() -> None:
    found = secrets_of(Target("slack-1", SLACK))
    assert {"A1BRTD4JDabc", "TIiajkdnlazkcOXrIdevi7FQ"} <= set(found)
    assert "maintenance" not in found
    assert found == sorted(found, key=len, reverse=True)
