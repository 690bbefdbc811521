"""The alert rules: they ask for metrics that exist, and do what they say, by Prometheus' own tool."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from delivery.metrics.names import METRICS
from settings import ROOT

RULES = ROOT / "delivery/metrics/rules/nightshift.yml"
CASES = Path(__file__).parent / "rules/nightshift_test.yml"


def alerts() -> list[dict[str, str]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def test_they_ask_for_metrics_that_exist() -> None:
    asked = {name for rule in alerts() for name in re.findall(r"nightshift_\w+", rule["expr"])}
    assert asked <= set(METRICS)
    assert len(asked) >= 7


def test_every_alert_says_what_to_do_and_is_tried() -> None:
    tried = set(re.findall(r"alertname: (\w+)", CASES.read_text()))
    for rule in alerts():
        assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]
        assert rule["alert"] in tried


@pytest.mark.prometheus
@pytest.mark.parametrize("arguments", [("check", "rules", RULES), ("test", "rules", CASES)], ids=["check", "test"])
def test_promtool_agrees(arguments: tuple[str, ...]) -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed: apt-get install prometheus")
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
