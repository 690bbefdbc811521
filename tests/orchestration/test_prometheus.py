"""A real night, read by a real node_exporter, scraped by a real Prometheus, on loopback."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import pytest
import yaml

from delivery.metrics import names
from delivery.metrics.dashboards.build import HERE
from delivery.metrics.names import METRICS
from settings import ROOT, Settings

pytestmark = [pytest.mark.prometheus, pytest.mark.xdist_group("replay")]
RULES = ROOT / "delivery/metrics/rules/nightshift.yml"
PATIENCE_SECONDS = 60
LOOK = build_opener(ProxyHandler({}))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def running(*command: object, log: Path) -> Iterator[None]:
    with log.open("w") as said:
        process = subprocess.Popen(list(map(str, command)), stdout=said, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture
def ask(replayed: Settings, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A Prometheus with our rules that scrapes the textfile of the replayed nights; asks its API."""
    if missing := [name for name in ("prometheus", "prometheus-node-exporter") if not shutil.which(name)]:
        pytest.skip(f"not installed: apt-get install {' '.join(missing)}")
    exporter, port = free_port(), free_port()
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}],
    }
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    folder = replayed.paths.metrics
    with (
        running("prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                f"--collector.textfile.directory={folder}", f"--web.listen-address=127.0.0.1:{exporter}",
                log=tmp_path / "exporter.log"),
        running("prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
                f"--web.listen-address=127.0.0.1:{port}", log=tmp_path / "prometheus.log"),
    ):  # fmt: skip

        def asked(what: str, **parameters: str) -> Any:
            answer = LOOK.open(f"http://127.0.0.1:{port}/api/v1/{what}?{urlencode(parameters)}", timeout=5)
            return json.load(answer)["data"]

        yield asked


def until(found: Callable[[], Any]) -> Any:
    """What `found` gives once it gives something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if got := found():
                return got
        except (URLError, ConnectionError):
            pass
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_a_night_arrives_in_prometheus_and_its_rules_judge_it(ask: Callable[..., Any]) -> None:
    def value(query: str) -> list[dict[str, Any]]:
        result: list[dict[str, Any]] = ask("query", query=query)["result"]
        return result

    [scored] = until(lambda: value(names.MACHINES_SCORED))
    assert scored["metric"]["fleet"] == "main"
    assert 0 < float(scored["value"][1]) <= 12
    [wrong] = value("node_textfile_scrape_error")
    assert float(wrong["value"][1]) == 0
    arrived = {one["metric"]["__name__"] for one in value('{__name__=~"nightshift_.+"}')}
    assert {name for name in METRICS if "quality" not in name} <= arrived <= set(METRICS)
    assert len(value(names.STEP_SECONDS)) > 5

    board = json.loads((HERE / "nights.json").read_text())
    for expr in [target["expr"] for panel in board["panels"] for target in panel["targets"]]:
        assert value(expr.replace("$fleet", ".+")) or "quality" in expr, expr

    def judged() -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = ask("rules")["groups"][0]["rules"]
        return rules if all(rule["health"] == "ok" for rule in rules) else []

    rules = {rule["name"]: rule["state"] for rule in until(judged)}
    assert rules["NightshiftNightMissing"] == "inactive"  # it was scored just now
    assert rules["NightshiftNightNotScored"] == "inactive"
    pending = until(
        lambda: [one for one in ask("alerts")["alerts"] if one["labels"]["alertname"].endswith("DataStale")]
    )
    assert pending[0]["labels"]["fleet"] == "main"  # the fleet's readings are of 2025
