"""The text is what Prometheus reads: parsed back by its own library."""

import re

from prometheus_client.parser import text_string_to_metric_families

from delivery.metrics import names
from delivery.metrics.exposition import exposition
from delivery.metrics.figures import Gauge
from settings import ROOT


def test_what_is_written_is_read_back() -> None:
    samples = [
        Gauge(names.LAST_SUCCESS, 1.7e9 + 0.25),
        Gauge(names.STEP_SECONDS, 1.5, {"step": 'odd "name"\n\\'}),
        Gauge(names.STEP_SECONDS, 2.5, {"step": "published"}),
    ]
    text = exposition(samples, "presses")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert list(families) == [names.LAST_SUCCESS, names.STEP_SECONDS]
    assert {family.type for family in families.values()} == {"gauge"}
    assert [(one.labels, one.value) for one in families[names.LAST_SUCCESS].samples] == [
        ({"fleet": "presses"}, 1.7e9 + 0.25)
    ]
    assert [(one.labels["step"], one.value) for one in families[names.STEP_SECONDS].samples] == [
        ('odd "name"\n\\', 1.5), ("published", 2.5),
    ]  # fmt: skip


def test_nothing_known_is_an_empty_text() -> None:
    assert exposition([], "main") == ""


def test_the_documentation_names_them_all_and_no_other() -> None:
    page = (ROOT / "docs/monitoring.md").read_text()
    assert set(re.findall(r"`(nightshift_[a-z_]+)(?:\{\w+\})?`", page)) == set(names.METRICS)


def test_the_names_follow_the_conventions() -> None:
    for name, told in names.METRICS.items():
        assert re.fullmatch(r"nightshift_[a-z_]+", name), name
        assert not name.endswith(("_total", "_ms", "_minutes", "_hours", "_percent")), name
        assert told.endswith("."), name
    assert len(set(names.METRICS.values())) == len(names.METRICS)
