"""Grafana's dashboards: as its SDK writes them, read back by it without loss, asking for what there is."""

import json
import re
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.cog.runtime import register_dataquery_variant
from grafana_foundation_sdk.models.dashboard import Dashboard

from delivery.metrics.dashboards.build import BOARDS, DUCKDB, HERE, PROMETHEUS, rendered, sql_variant
from delivery.metrics.names import METRICS


def board(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text())
    return found


def lost(found: Any, again: Any, at: str = "") -> list[str]:
    """The places of what `found` holds and `again` does not; what is only added, such as a default, is none."""
    if isinstance(found, dict) and isinstance(again, dict):
        return [place for key in found for place in lost(found[key], again.get(key, ...), f"{at}/{key}")]
    if isinstance(found, list) and isinstance(again, list) and len(found) == len(again):
        return [place for number, pair in enumerate(zip(found, again, strict=True))
                for place in lost(*pair, f"{at}/{number}")]  # fmt: skip
    return [] if found == again else [at]


@pytest.mark.parametrize("name", BOARDS)
def test_the_file_is_what_the_code_makes(name: str) -> None:
    assert (HERE / f"{name}.json").read_text() == rendered(name), "run `make dashboards`"


@pytest.mark.parametrize("name", BOARDS)
def test_grafanas_own_types_read_it_back_without_loss(name: str) -> None:
    """The SDK's types are made from Grafana's schema: a key that they do not know would be gone."""
    register_default_plugins()
    register_dataquery_variant(sql_variant())
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(board(name))))
    assert lost(board(name), again) == []
    assert lost(board(name) | {"panes": []}, again) == ["/panes"]


@pytest.mark.parametrize(("name", "kind"), [("nights", PROMETHEUS), ("fleet", DUCKDB)])
def test_panels_have_their_place_and_their_source(name: str, kind: str) -> None:
    panels = board(name)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) >= 8
    assert {panel["datasource"]["type"] for panel in panels} == {kind}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    for panel in panels:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24


def test_it_asks_for_metrics_that_exist() -> None:
    asked = set(re.findall(r"nightshift_\w+", json.dumps(board("nights")["panels"])))
    assert asked <= set(METRICS)
    assert {"nightshift_alerts", "nightshift_quality_average_precision", "nightshift_step_duration_seconds"} <= asked
